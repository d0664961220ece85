package config

import (
	"reflect"
	"strings"
)

// Setting describes one setting for the documentation.
type Setting struct {
	Name    string // as in --listen
	Env     string // as in GATEHOUSE_LISTEN
	Default string // empty for none; parts in <> stand for another setting's value
	Help    string
}

// Reference lists every setting in the order in which the help shows them.
func Reference() []Setting {
	fields := reflect.TypeFor[Settings]()
	settings := make([]Setting, 0, fields.NumField())
	for i := range fields.NumField() {
		tag := fields.Field(i).Tag
		name := tag.Get("name")
		settings = append(settings, Setting{
			Name:    name,
			Env:     variable(name),
			Default: tag.Get("default") + tag.Get("derived"),
			Help:    tag.Get("help"),
		})
	}
	return settings
}

// variable is the name of a setting's environment variable.
func variable(setting string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

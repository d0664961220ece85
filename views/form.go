package views

// Form is what a form shows again after a mistake.
type Form struct {
	Values   map[string]string // what was typed, never a password
	Problems map[string]string // by field, a sentence without its subject
	Problem  string            // what is wrong with the whole
}

// Field is one field of a form.
type Field struct {
	Name, Label, Type, Autocomplete string
	Value, Hint, Problem            string
	Required                        bool
}

// field returns a field with what was typed into it and what is wrong with it. Its label is the text "field.NAME"; what
// follows is "optional" or a hint.
func (v *Views) field(f Form, name, kind, autocomplete string, more ...string) (Field, error) {
	label, err := v.texts.say("field." + name)
	if err != nil {
		return Field{}, err
	}
	field := Field{Name: name, Label: label, Type: kind, Autocomplete: autocomplete, Value: f.Values[name], Problem: f.Problems[name], Required: true}
	for _, m := range more {
		if m == "optional" {
			field.Required = false
			continue
		}
		field.Hint = m
	}
	return field, nil
}

// Kept returns what was typed into a field, "" where nothing was kept.
func (f Form) Kept(name string) string { return f.Values[name] }

package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

const prefix = "GATEHOUSE_"

// Environment is the kong option through which settings come from env, a list of NAME=VALUE as os.Environ returns it.
// Kong's own "env" tag would read the environment of the process instead, which no test could set for one parser.
// A flag of any command that has the name of a setting reads the setting's variable; its help says which that is.
func Environment(env []string) kong.Option {
	values := parseEnviron(env)
	settings := map[string]Setting{}
	for _, s := range Reference() {
		settings[s.Name] = s
	}
	resolve := kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		s, ok := settings[flag.Name]
		if !ok || values[s.Env] == "" {
			return nil, nil // Kong's way to say "not from here".
		}
		return values[s.Env], nil
	})
	describe := func(k *kong.Kong) error {
		return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
			if flag, ok := node.(*kong.Flag); ok {
				if s, ok := settings[flag.Name]; ok {
					// Kong interpolates afterwards and makes one dollar of two.
					flag.Help = fmt.Sprintf("%s ($$%s).", strings.TrimSuffix(flag.Help, "."), s.Env)
					if derived := flag.Tag.Get("derived"); derived != "" {
						flag.PlaceHolder = derived
					}
				}
			}
			return next(nil)
		})
	}
	return kong.OptionFunc(func(k *kong.Kong) error {
		return errors.Join(kong.Resolvers(resolve).Apply(k), kong.PostBuild(describe).Apply(k))
	})
}

// parseEnviron keeps the variables of ours; of two with one name the later counts, as in os/exec.
func parseEnviron(env []string) map[string]string {
	values := map[string]string{}
	for _, entry := range env {
		name, value, ok := strings.Cut(entry, "=")
		if ok && strings.HasPrefix(name, prefix) {
			values[name] = value
		}
	}
	return values
}

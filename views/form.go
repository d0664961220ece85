package views

import "strings"

// Form is what a form shows again after a mistake.
type Form struct {
	Values   map[string]string // what was typed, never a password
	Problems map[string]string // by field, a whole sentence: what Sentence returns, or a text
	Problem  string            // what is wrong with the whole
	focused  *bool             // a field has the focus; of one rendering
}

// field is one field of a form.
type field struct {
	Name, Label, Type, Autocomplete string
	Value, Hint, Problem            string
	Optional, ReadOnly              bool
	Focus                           bool // it is the first that is wrong
}

// DescribedBy returns the ids of what stands below the field, for screen readers.
func (f field) DescribedBy() string {
	var ids []string
	if f.Problem != "" {
		ids = append(ids, f.Name+"-wrong")
	}
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	return strings.Join(ids, " ")
}

// field returns a field with what was typed into it and what is wrong with it. Its label is the text "field.NAME"; what
// follows is "optional" or a hint.
func (v *Views) field(f Form, name, kind, autocomplete string, more ...string) (field, error) {
	label, err := v.texts.say("field." + name)
	if err != nil {
		return field{}, err
	}
	shown := field{Name: name, Label: label, Type: kind, Autocomplete: autocomplete, Value: f.Values[name], Problem: f.Problems[name]}
	if shown.Problem != "" && !*f.focused {
		shown.Focus, *f.focused = true, true
	}
	for _, m := range more {
		if m == "optional" {
			shown.Optional = true
			continue
		}
		shown.Hint = m
	}
	return shown, nil
}

// username returns a field that tells password managers, and people, whose account a form is about. The server does not look
// at it.
func username(label, email string) field {
	return field{Name: "username", Label: label, Type: "text", Autocomplete: "username", Value: email, ReadOnly: true}
}

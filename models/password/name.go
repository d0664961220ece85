package password

import "strings"

// Name tells a person how a text in the column password is kept. It shows nothing of the text.
func Name(text string) string {
	if h, ok := parse(text); ok {
		return h.name()
	}
	if stored, ok := Normalize(text); ok {
		return Name(stored) + " as another program writes it"
	}
	switch look := LookOf(text); look {
	case LooksEmpty:
		return "none"
	case LooksHex:
		return look.String() + ", or plain text"
	default:
		return look.String()
	}
}

func (h parsed) name() string {
	switch h.format {
	case BcryptSHA256:
		return "bcrypt over SHA-256"
	case Wrapped:
		return "wrapped " + Weak(h.algorithm).name()
	case Foreign:
		return foreignName(h.algorithm)
	default:
		return "bcrypt"
	}
}

func (w Weak) name() string {
	if w == MD5 {
		return "MD5"
	}
	return "SHA-" + strings.TrimPrefix(string(w), "sha")
}

func foreignName(algorithm string) string {
	switch {
	case strings.HasPrefix(algorithm, "pbkdf2"):
		return "PBKDF2"
	case algorithm == "5", algorithm == "6":
		return "SHA-crypt"
	default:
		return algorithm
	}
}

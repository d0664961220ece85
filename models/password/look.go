package password

// Look is what a text in the column password of a stranger's table looks like.
type Look int

const (
	// LooksPlain is whatever has not the shape of a hash.
	LooksPlain Look = iota
	// LooksEmpty is the empty text alone; blanks are a password.
	LooksEmpty
	// LooksBcrypt is Bcrypt or BcryptSHA256.
	LooksBcrypt
	// LooksForeign is a hash of another program that Normalize accepts. What is
	// to be stored is what Normalize makes of it, and it may be a bcrypt string
	// that only stood behind a prefix.
	LooksForeign
	// LooksWrapped is Wrapped.
	LooksWrapped
	// LooksHex is as long as a digest that HexOf knows. Only who owns the table
	// can say of what, or that it is a password after all.
	LooksHex
	// LooksUnknownHash reads like a hash, but is damaged, too dear or in a format
	// that is not known; or it is a mark that other programs put where nobody is
	// to sign in.
	LooksUnknownHash
)

// String names the look for a report.
func (l Look) String() string {
	switch l {
	case LooksPlain:
		return "plain text"
	case LooksEmpty:
		return "empty"
	case LooksBcrypt:
		return "bcrypt"
	case LooksForeign:
		return "other known hash"
	case LooksWrapped:
		return "wrapped old hash"
	case LooksHex:
		return "MD5 or SHA in hex"
	default:
		return "unknown or damaged hash"
	}
}

// LookOf tells what a text looks like, without hashing. It takes no hash for
// plain text as far as anybody can tell: the hash would become the password, and
// who has stolen the table could sign in with it. So it rather calls an odd
// password a hash, which only has its user wait until the operator decides. One
// kind cannot be told from a password: bare letters and digits that are no hex,
// such as the 13 characters of DES crypt.
func LookOf(text string) Look {
	if text == "" {
		return LooksEmpty
	}
	if look := known(text); look != LooksPlain {
		return look
	}
	if hashShaped(text) || hashShaped(bare(text)) {
		return LooksUnknownHash
	}
	return LooksPlain
}

func known(text string) Look {
	switch FormatOf(text) {
	case Bcrypt, BcryptSHA256:
		return LooksBcrypt
	case Wrapped:
		return LooksWrapped
	}
	if _, ok := Normalize(text); ok {
		return LooksForeign
	}
	if _, ok := HexOf(text); ok {
		return LooksHex
	}
	return LooksPlain
}

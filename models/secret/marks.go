package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
)

// Marks makes and checks marks: HMAC-SHA256 of a text in one row, under a key that HKDF-SHA256 makes from a secret (ASVS
// 11.3.3). Who reads the database can neither guess texts from marks nor see which rows have the same text. The first
// secret marks, each one checks. The zero value fits nothing.
type Marks struct{ keys [][]byte }

// NewMarks returns the marks for a purpose. There must be at least one secret.
func NewMarks(purpose string, secrets [][]byte) (Marks, error) {
	keys, err := deriveKeys("mark "+purpose, secrets)
	return Marks{keys}, err
}

// Of is the mark of a text in the row with this id.
func (m Marks) Of(id int64, text string) []byte { return mark(m.keys[0], id, text) }

// Fits tells whether a mark was made of this text in this row, and whether under an older secret than the first.
func (m Marks) Fits(made []byte, id int64, text string) (fits, old bool) {
	for i, key := range m.keys {
		if hmac.Equal(made, mark(key, id, text)) {
			return true, i > 0
		}
	}
	return false, false
}

func mark(key []byte, id int64, text string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(strconv.FormatInt(id, 10) + "\n" + text))
	return h.Sum(nil)
}

// Format keeps keys out of logs, whatever the verb.
func (Marks) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(marks)") }

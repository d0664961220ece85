package token

import (
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"
)

var verbs = []string{"%v", "%+v", "%#v", "%s", "%x", "%d"}

func TestNoSecretIsPrinted(t *testing.T) {
	key := fixedKey(t, 1, "ours", noon)
	private, err := key.private.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	keys := keysOf(noon, key)
	es, hs := NewES256(named, keys), NewHS256(named, agreed, 24*time.Hour)
	for name, value := range map[string]any{
		"a key": key, "a pointer to a key": &key, "a list of keys": []Key{key}, "all keys": keys, "one reading of them": *keys.ring.Load(),
		"the shared secret": hs.source, "what has an issuer": struct{ From any }{hs},
		"the ES256 issuer": es, "what that points to": *es, "the HS256 issuer": hs, "what that one points to": *hs,
	} {
		texts := []string{slog.Any("x", value).String()}
		for _, verb := range verbs {
			texts = append(texts, fmt.Sprintf(verb, value))
		}
		for _, text := range texts {
			if shows(text, agreed) || shows(text, private) {
				t.Errorf("%s is printed as %s", name, text)
			}
		}
	}
}

func TestEverySpellingOfASecretIsKnown(t *testing.T) {
	for _, value := range []any{agreed, string(agreed), [1][]byte{agreed}, new(big.Int).SetBytes(agreed)} {
		for _, verb := range verbs {
			if text := fmt.Sprintf(verb, value); !shows(text, agreed) {
				t.Errorf("%s of %T is printed as %s", verb, value, text)
			}
		}
	}
}

// shows tells whether a text has a part of the secret, as package fmt writes it: as it is, as a list of bytes or as a
// number.
func shows(text string, secret []byte) bool {
	some := secret[len(secret)-9:]
	number := new(big.Int).SetBytes(secret).String()
	list := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", some), "[]byte{"), "}")
	for _, spelling := range []string{string(some), fmt.Sprintf("%x", some), strings.Trim(fmt.Sprintf("%d", some), "[]"), list, number} {
		if strings.Contains(text, spelling) {
			return true
		}
	}
	return false
}

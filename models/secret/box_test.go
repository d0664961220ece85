package secret

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

var (
	oldSecret = []byte("an older secret of thirty-two bytes or more")
	newSecret = []byte("a newer secret of thirty-two bytes or more")
)

func box(t *testing.T, purpose string, secrets ...[]byte) Box {
	t.Helper()
	b, err := NewBox(purpose, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABoxOpensWhatItSealedInItsPlaceAlone(t *testing.T) {
	b := box(t, "keys", newSecret)
	sealed := b.Seal("row 1", []byte("private"))
	if bytes.Contains(sealed, []byte("private")) {
		t.Fatal("the text can be read")
	}
	if bytes.Equal(sealed, b.Seal("row 1", []byte("private"))) {
		t.Error("two sealings are alike: the nonce is not random")
	}
	plain, old, err := b.Open("row 1", sealed)
	if err != nil || old || string(plain) != "private" {
		t.Errorf("Open = %q, %v, %v", plain, old, err)
	}
	for name, open := range map[string]func() ([]byte, bool, error){
		"another place":   func() ([]byte, bool, error) { return b.Open("row 2", sealed) },
		"another purpose": func() ([]byte, bool, error) { return box(t, "seeds", newSecret).Open("row 1", sealed) },
		"another secret":  func() ([]byte, bool, error) { return box(t, "keys", oldSecret).Open("row 1", sealed) },
		"nothing":         func() ([]byte, bool, error) { return b.Open("row 1", nil) },
		"cut short":       func() ([]byte, bool, error) { return b.Open("row 1", sealed[:5]) },
	} {
		if plain, _, err := open(); !errors.Is(err, errSealed) || plain != nil {
			t.Errorf("%s: Open = %q, %v, want errSealed", name, plain, err)
		}
	}
}

// What a database holds must open in every later version.
func TestWhatVersion1SealedOpens(t *testing.T) {
	sealed, err := hex.DecodeString("0118a67b770a7d576f56ad6bf073cc21dcad88626eaa699546defd0ed9a8e5e68ebe667d")
	if err != nil {
		t.Fatal(err)
	}
	if plain, _, err := box(t, "keys", oldSecret).Open("row 1", sealed); err != nil || string(plain) != "private" {
		t.Errorf("Open = %q, %v", plain, err)
	}
}

func TestAChangedByteIsNoticed(t *testing.T) {
	b := box(t, "keys", newSecret)
	sealed := b.Seal("row 1", []byte("private"))
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, _, err := b.Open("row 1", changed); !errors.Is(err, errSealed) {
			t.Errorf("byte %d changed: %v, want errSealed", i, err)
		}
	}
}

func TestTheFirstSecretSealsAndEachOpens(t *testing.T) {
	before := box(t, "keys", oldSecret).Seal("row 1", []byte("private"))
	both := box(t, "keys", newSecret, oldSecret)
	if plain, old, err := both.Open("row 1", before); err != nil || !old || string(plain) != "private" {
		t.Errorf("Open = %q, %v, %v, want the text and that it is old", plain, old, err)
	}
	after := both.Seal("row 1", []byte("private"))
	if _, old, err := box(t, "keys", newSecret).Open("row 1", after); err != nil || old {
		t.Errorf("Open with the new secret alone: old %v, %v", old, err)
	}
}

func TestABoxIsNeverPrinted(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if text := fmt.Sprintf(verb, box(t, "keys", newSecret)); !strings.Contains(text, "(box)") {
			t.Errorf("%s prints %q", verb, text)
		}
	}
	if _, err := NewBox("keys", nil); err == nil {
		t.Error("a box without a secret")
	}
}

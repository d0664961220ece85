package secret

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

func marks(t *testing.T, purpose string, secrets ...[]byte) Marks {
	t.Helper()
	m, err := NewMarks(purpose, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAMarkFitsItsTextInItsRowAlone(t *testing.T) {
	m := marks(t, "passwords", newSecret)
	made := m.Of(12, "correct horse")
	if fits, old := m.Fits(made, 12, "correct horse"); !fits || old {
		t.Errorf("Fits = %v, %v, want true, and not old", fits, old)
	}
	if !bytes.Equal(made, m.Of(12, "correct horse")) {
		t.Error("two marks of one text in one row differ, so that they cannot be compared")
	}
	for name, fits := range map[string]func() (bool, bool){
		"another row":                   func() (bool, bool) { return m.Fits(made, 13, "correct horse") },
		"the row of the negative id":    func() (bool, bool) { return m.Fits(made, -12, "correct horse") },
		"digits that move to the row":   func() (bool, bool) { return m.Fits(m.Of(1, "2\nx"), 12, "\nx") },
		"digits that move to the text":  func() (bool, bool) { return m.Fits(m.Of(12, "3"), 1, "23") },
		"another text":                  func() (bool, bool) { return m.Fits(made, 12, "battery staple") },
		"another case":                  func() (bool, bool) { return m.Fits(made, 12, "Correct horse") },
		"a space more":                  func() (bool, bool) { return m.Fits(made, 12, "correct horse ") },
		"no text":                       func() (bool, bool) { return m.Fits(made, 12, "") },
		"another purpose":               func() (bool, bool) { return marks(t, "seeds", newSecret).Fits(made, 12, "correct horse") },
		"another secret":                func() (bool, bool) { return marks(t, "passwords", oldSecret).Fits(made, 12, "correct horse") },
		"no mark":                       func() (bool, bool) { return m.Fits(nil, 12, "correct horse") },
		"an empty mark":                 func() (bool, bool) { return m.Fits([]byte{}, 12, "correct horse") },
		"a mark that is cut short":      func() (bool, bool) { return m.Fits(made[:31], 12, "correct horse") },
		"a mark with something after":   func() (bool, bool) { return m.Fits(append(bytes.Clone(made), 0), 12, "correct horse") },
		"the zero value":                func() (bool, bool) { return Marks{}.Fits(made, 12, "correct horse") },
		"the zero value, without marks": func() (bool, bool) { return Marks{}.Fits(nil, 12, "correct horse") },
	} {
		if fits, old := fits(); fits || old {
			t.Errorf("%s: Fits = %v, %v, want neither", name, fits, old)
		}
	}
	for i := range made {
		changed := bytes.Clone(made)
		changed[i] ^= 1
		if fits, _ := m.Fits(changed, 12, "correct horse"); fits {
			t.Errorf("byte %d of the mark does not matter", i)
		}
	}
}

func TestTheFirstSecretMarksAndEachChecks(t *testing.T) {
	before := marks(t, "passwords", oldSecret).Of(12, "correct horse")
	both := marks(t, "passwords", newSecret, oldSecret)
	if fits, old := both.Fits(before, 12, "correct horse"); !fits || !old {
		t.Errorf("a mark of the older secret: Fits = %v, %v, want true, and old", fits, old)
	}
	if fits, _ := both.Fits(before, 13, "correct horse"); fits {
		t.Error("a mark of the older secret fits another row")
	}
	after := both.Of(12, "correct horse")
	if fits, old := both.Fits(after, 12, "correct horse"); !fits || old {
		t.Errorf("a mark of the first secret: Fits = %v, %v, want true, and not old", fits, old)
	}
	if fits, old := marks(t, "passwords", newSecret).Fits(after, 12, "correct horse"); !fits || old {
		t.Errorf("without the older secret: Fits = %v, %v, want true, and not old", fits, old)
	}
	if fits, _ := marks(t, "passwords", oldSecret).Fits(after, 12, "correct horse"); fits {
		t.Error("the older secret checks what the first one marked")
	}
}

// What a database holds must fit in every later version.
func TestAMarkOfVersion1Fits(t *testing.T) {
	made, err := hex.DecodeString("33c5c7c35c02b8bdc596232bbfd1e0dab19027eeafd59b9aa30ea774795b13ee")
	if err != nil {
		t.Fatal(err)
	}
	if fits, _ := marks(t, "passwords", oldSecret).Fits(made, 12, "correct horse"); !fits {
		t.Error("it does not fit any more")
	}
}

func TestAMarkTellsNothingOfItsText(t *testing.T) {
	m := marks(t, "passwords", newSecret)
	for _, text := range []string{"", "x", "correct horse", strings.Repeat("long ", 500)} {
		if made := m.Of(12, text); len(made) != 32 || bytes.Contains(made, []byte("horse")) {
			t.Errorf("the mark of %d bytes has %d, want 32 and none of the text", len(text), len(made))
		}
	}
	if bytes.Equal(m.Of(12, "correct horse"), m.Of(13, "correct horse")) {
		t.Error("two rows with one text can be told by their marks")
	}
}

func TestMarksAreNeverPrinted(t *testing.T) {
	m := marks(t, "passwords", newSecret)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, v := range []any{m, &m, struct{ M Marks }{m}} {
			if text := fmt.Sprintf(verb, v); !strings.Contains(text, "(marks)") || strings.Contains(text, "[") {
				t.Errorf("%s prints %q", verb, text)
			}
		}
	}
	if _, err := NewMarks("passwords", nil); err == nil {
		t.Error("marks without a secret")
	}
}

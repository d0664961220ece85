package openapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

func described(t *testing.T) Description {
	t.Helper()
	d, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What programs make of a name that is there twice is their own choice, and Redoc refuses it.
func TestNoNameIsThereTwice(t *testing.T) {
	if err := unique(json.NewDecoder(bytes.NewReader(described(t).JSON)), ""); err != nil {
		t.Error(err)
	}
	if unique(json.NewDecoder(strings.NewReader(`{"a":[{"b":1,"b":2}]}`)), "") == nil {
		t.Error("a repeated name is not found")
	}
}

func unique(dec *json.Decoder, path string) error {
	open, err := dec.Token()
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for open == json.Delim('{') && dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name := path + "/" + token.(string)
		if names[name] {
			return fmt.Errorf("%s is there twice", name)
		}
		names[name] = true
		if err := unique(dec, name); err != nil {
			return err
		}
	}
	for open == json.Delim('[') && dec.More() {
		if err := unique(dec, path); err != nil {
			return err
		}
	}
	if _, nested := open.(json.Delim); nested {
		_, err = dec.Token()
	}
	return err
}

func TestTheScriptIsTheOneThatTheLicenceTellsOf(t *testing.T) {
	text, err := described(t).PlainScript()
	if err != nil {
		t.Fatal(err)
	}
	licence, err := os.ReadFile("LICENSE.redoc.txt")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(text); !strings.Contains(string(licence), hex.EncodeToString(sum[:])) {
		t.Errorf("LICENSE.redoc.txt does not name the script's hash %x", sum)
	}
	if bytes.Contains(text, []byte("cdn.redoc.ly")) || bytes.Contains(text, []byte("redoc.standalone.js.map")) {
		t.Error("the script asks for what is not here")
	}
}

// Examples are for copying, and the secrets of others are not.
func TestNoExampleHoldsASecret(t *testing.T) {
	if found := regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}|[A-Za-z0-9_-]{43}`).Find(source); found != nil {
		t.Errorf("openapi.yaml has %s", found)
	}
}

package config

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWeakSecretsAreRefusedAndNotShown(t *testing.T) {
	for _, weak := range []string{
		"Zq8short", strings.Repeat("Q", 64), strings.Repeat("Zq8", 20), strings.Repeat("secret", 6), "secret-secret_secret secret-secret_secret",
		"please-changeme-please-changeme-now", "Change-Me Change-Me to something else 42", "your-256-bit-secret-your-256-bit-secret-x",
		"0123456789abcdef0123456789abcdef", "abababababababababababcabababababab", "this is only an example of a long one",
	} {
		for _, s := range []Settings{{Secret: Hidden(weak)}, {Secret: Hidden(goodSecret + "," + weak)}, {SecretFile: writeFile(t, weak+"\n")}} {
			names, text := problems(t, s)
			if len(names) != 1 || !strings.HasPrefix(names[0], "secret") {
				t.Errorf("%q: mistakes in %q, want one in secret", weak, names)
			}
			if strings.Contains(text, weak) || strings.Contains(text, goodSecret) {
				t.Errorf("%q is shown in %q", weak, text)
			}
		}
	}
}

func TestRandomSecretsAreAccepted(t *testing.T) {
	for range 500 {
		raw := make([]byte, 32)
		_, _ = rand.Read(raw)
		for _, secret := range []string{base64.StdEncoding.EncodeToString(raw), hex.EncodeToString(raw), hex.EncodeToString(raw[:16])} {
			if complaint := weakness(secret); complaint != "" {
				t.Fatalf("%q %s", secret, complaint)
			}
		}
	}
}

func TestSecretsKeepTheirOrder(t *testing.T) {
	older := strings.ToLower(goodSecret)
	for _, s := range []Settings{{Secret: Hidden(" " + goodSecret + " , " + Hidden(older))}, {SecretFile: writeFile(t, goodSecret+"\r\n\n "+older+"\n")}} {
		cfg := mustCheck(t, s)
		if len(cfg.Secrets) != 2 || string(cfg.Secrets[0]) != goodSecret || string(cfg.Secrets[1]) != older || cfg.SecretPath != "" {
			t.Errorf("%d secrets, first %q, path %q", len(cfg.Secrets), cfg.Secrets[0], cfg.SecretPath)
		}
	}
	if names, _ := problems(t, Settings{Secret: goodSecret + "," + goodSecret}); len(names) != 1 {
		t.Errorf("mistakes in %q, want one for a secret that is there twice", names)
	}
}

func TestParseSecretsRefusesNothingAndWeakness(t *testing.T) {
	if got, err := ParseSecrets(goodSecret + "\n"); err != nil || len(got) != 1 {
		t.Errorf("ParseSecrets = %v, %v", got, err)
	}
	for _, text := range []string{"", "\n \n", "short", goodSecret + "\nshort"} {
		if got, err := ParseSecrets(text); err == nil || got != nil {
			t.Errorf("ParseSecrets(%q) = %v, %v; want an error", text, got, err)
		}
	}
}

func TestSecretPathIsInTheDataDir(t *testing.T) {
	cfg := mustCheck(t, Settings{DataDir: "/srv/gate"})
	if cfg.SecretPath != "/srv/gate/secret" || cfg.Database.URL != "sqlite:/srv/gate/gatehouse.db" {
		t.Errorf("SecretPath = %q, Database = %v", cfg.SecretPath, cfg.Database)
	}
}

func TestPrintingNeverShowsASecret(t *testing.T) {
	settings := Settings{Secret: goodSecret, DatabaseURL: "mysql://u:hush@h/n", DatabasePassword: "hush", SMTPURL: "smtp://ann:hush@mail.example.com"}
	cfg := mustCheck(t, settings)
	var out bytes.Buffer
	for _, v := range []any{cfg, &cfg, []Config{cfg}, cfg.Database, cfg.Secrets, settings, &settings, struct{ C Config }{cfg}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(goodSecret))
	for _, leak := range []string{"hush", goodSecret, encoded, hex.EncodeToString([]byte("hush")), hex.EncodeToString([]byte(goodSecret)), fmt.Sprintf("%d", []byte(goodSecret))} {
		if at := strings.Index(out.String(), leak); at >= 0 {
			t.Errorf("%q is printed: %s", leak, out.String()[max(0, at-80):at+10])
		}
	}
	if !strings.Contains(out.String(), "[1 hidden]") {
		t.Error("a printed Config does not say how many secrets it has")
	}
}

package tests

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// jwk is a key as anybody reads it.
type jwk struct{ Kty, Crv, X, Y, Kid, Use, Alg, D string }

// jwks are the published keys.
func (s *server) jwks() []jwk {
	s.t.Helper()
	var set struct{ Keys []jwk }
	r := s.person().get("/.well-known/jwks.json").want(http.StatusOK)
	if err := json.Unmarshal([]byte(r.body), &set); err != nil {
		s.t.Fatal(err)
	}
	return set.Keys
}

// verifies does what a program does that has nothing but the published key.
func (k jwk) verifies(t *testing.T, text string) bool {
	t.Helper()
	message, signature := signedPart(t, text)
	point := slices.Concat([]byte{4}, decoded(t, k.X), decoded(t, k.Y))
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	if len(signature) != 64 {
		return false
	}
	sum := sha256.Sum256([]byte(message))
	return ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func signedPart(t *testing.T, text string) (message string, signature []byte) {
	t.Helper()
	end := strings.LastIndexByte(text, '.')
	return text[:end], decoded(t, text[end+1:])
}

func decoded(t *testing.T, text string) []byte {
	t.Helper()
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// headerOf reads the first part of a token.
func headerOf(t *testing.T, text string) (h struct{ Alg, Typ, Kid string }) {
	t.Helper()
	decodePart(t, text, 0, &h)
	return h
}

func TestAnyProgramVerifiesTokensWithThePublishedKey(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		s := inside(t, settings(t, databaseURL))
		s.person().post("/auth/signup", credentials("ann@example.com", password)).want(http.StatusCreated)
		ann := s.bearer("ann@example.com")
		keys := s.jwks()
		if len(keys) != 1 {
			t.Fatalf("published keys = %v, want one", keys)
		}
		k := keys[0]
		if k.Kty != "EC" || k.Crv != "P-256" || k.Use != "sig" || k.Alg != "ES256" || k.D != "" {
			t.Errorf("published key = %+v, want the public part of one for ES256", k)
		}
		for text, typ := range map[string]string{ann.access: "at+jwt", ann.refresh: "rt+jwt", ann.next().access: "at+jwt"} {
			if h := headerOf(t, text); h.Alg != "ES256" || h.Kid != k.Kid || h.Typ != typ {
				t.Errorf("header = %+v, want the kid %s and the type %s", h, k.Kid, typ)
			}
			if !k.verifies(t, text) {
				t.Errorf("the published key does not verify %s", text)
			}
		}
		if message, _ := signedPart(t, ann.access); k.verifies(t, message+ann.refresh[strings.LastIndexByte(ann.refresh, '.'):]) {
			t.Error("the published key verifies any token, so nothing was tested")
		}
	})
}

// TestRotatedKeyIsPublishedAndTokensOfTheOldOneStayGood rotates beside a running server. On MySQL the next server starts
// beside it, too.
func TestRotatedKeyIsPublishedAndTokensOfTheOldOneStayGood(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, oneName...)
		s := inside(t, env)
		s.person().post("/auth/signup", credentials("ann@example.com", password)).want(http.StatusCreated)
		ann, first := s.bearer("ann@example.com"), s.jwks()
		code, said, complaint := attempt(t, env, "keys", "rotate")
		next := regexp.MustCompile(`The next key is ([\w-]{43})\.`).FindStringSubmatch(said)
		if code != 0 || next == nil {
			t.Fatalf("keys rotate: exit code %d: %s%s", code, said, complaint)
		}
		ann = ann.next()
		ann.wantGood()

		beside := strings.HasPrefix(databaseURL, "mysql:")
		if !beside {
			s.stop()
		}
		old := s
		s = inside(t, env)
		published := s.jwks()
		if len(first) != 1 || len(published) != 2 || published[0] != first[0] || published[1].Kid != next[1] {
			t.Errorf("published keys = %v, want %v and %s", published, first, next[1])
		}
		ann = ann.at(s)
		ann.wantGood()
		ben := s.bearer("ann@example.com")
		for _, text := range []string{ann.next().access, ben.access} {
			if kid := headerOf(t, text).Kid; kid != first[0].Kid {
				t.Errorf("kid = %s, want %s: the next key must be known everywhere before it signs", kid, first[0].Kid)
			}
		}
		if beside {
			ben.at(old).wantGood()
		}
	})
}

func TestFirstStartMakesOneKeyAndRestartsKeepIt(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL)
		var first []jwk
		for range 3 {
			s := process(t, t.TempDir(), env)
			if keys := s.jwks(); first == nil {
				first = keys
			} else if !slices.Equal(keys, first) {
				t.Errorf("published keys = %v, want %v", keys, first)
			}
			s.stop()
		}
		if len(first) != 1 {
			t.Errorf("published keys = %v, want one", first)
		}
	})
}

// TestTokensOfASharedSecret runs servers with HS256, and restarts them with the same secret, another one, and none.
func TestTokensOfASharedSecret(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		env := settings(t, databaseURL, oneName...)
		var files [2]string
		for i, name := range []string{"shared", "another"} {
			files[i] = filepath.Join(t.TempDir(), name)
			if code, _, said := attempt(t, nil, "secrets", "new", files[i]); code != 0 {
				t.Fatalf("secrets new: exit code %d: %s", code, said)
			}
		}
		shared, another := []string{"--jwt-algorithm", "HS256", "--jwt-secret-file", files[0]}, []string{"--jwt-algorithm", "HS256", "--jwt-secret-file", files[1]}
		s := inside(t, env, shared...)
		s.person().get("/.well-known/jwks.json").want(http.StatusNotFound, "not_found")
		tokenJourney(t, s, "ann@example.com")
		s.person().post("/auth/signup", credentials("ben@example.com", password)).want(http.StatusCreated)
		ben, out := s.bearer("ben@example.com"), s.bearer("ben@example.com")
		out.signOut().want(http.StatusOK)
		wantSharedSecret(t, ben, files[0])

		restart := func(args ...string) {
			s.stop()
			s = inside(t, env, args...)
		}
		restart(another...)
		ben.at(s).me().want(http.StatusUnauthorized, "token_invalid")
		restart()
		ben.at(s).me().want(http.StatusUnauthorized, "token_invalid")
		public := s.bearer("ben@example.com")
		public.wantGood()
		restart(shared...)
		ben.at(s).wantGood()
		ben.at(s).next().wantGood()
		out.at(s).wantRevoked()
		public.at(s).me().want(http.StatusUnauthorized, "token_invalid")
		public.at(s).exchange().want(http.StatusUnauthorized, "token_invalid")
	})
}

// wantSharedSecret verifies tokens as an old consumer does that has the secret.
func wantSharedSecret(t *testing.T, b *bearer, secretFile string) {
	t.Helper()
	secret, err := os.ReadFile(secretFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{b.access, b.refresh} {
		if h := headerOf(t, text); h.Alg != "HS256" || h.Kid != "" {
			t.Errorf("header = %+v, want HS256 without a kid", h)
		}
		message, signature := signedPart(t, text)
		mac := hmac.New(sha256.New, bytes.TrimSpace(secret))
		mac.Write([]byte(message))
		if !hmac.Equal(mac.Sum(nil), signature) {
			t.Errorf("the secret does not verify %s", text)
		}
	}
}

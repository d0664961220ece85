package tests

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/secret"
)

// tokensFor signs somebody in.
func tokensFor(t *testing.T, g *server, email string) (access, refresh string) {
	t.Helper()
	var in struct{ AccessToken, RefreshToken string }
	body := g.person().post("/auth/login", credentials(email, password)).want(http.StatusOK).body
	if err := json.Unmarshal([]byte(body), &in); err != nil || in.AccessToken == "" || in.RefreshToken == "" {
		t.Fatalf("sign-in answered %s (%v)", body, err)
	}
	return in.AccessToken, in.RefreshToken
}

// publishedKeys are the kids of the keys that anybody can read.
func publishedKeys(t *testing.T, url string) []string {
	t.Helper()
	_, body := send(t, http.DefaultClient, http.MethodGet, url+"/.well-known/jwks.json", "")
	var set struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal([]byte(body), &set); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	var kids []string
	for _, key := range set.Keys {
		kids = append(kids, key.Kid)
	}
	return kids
}

// signingKey is a key of a server, as only servers have it.
type signingKey struct {
	id      string
	private *ecdsa.PrivateKey
}

func (k signingKey) String() string { return k.id }

func newSigningKey(t *testing.T, id string) signingKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signingKey{id, private}
}

// signingKeys reads the keys of the server with these settings, the oldest first.
func signingKeys(t *testing.T, env []string, databaseURL string) []signingKey {
	t.Helper()
	const setting = "GATEHOUSE_SECRET_FILE="
	at := slices.IndexFunc(env, func(s string) bool { return strings.HasPrefix(s, setting) })
	text, err := os.ReadFile(strings.TrimPrefix(env[at], setting))
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.NewBox("signing keys", [][]byte{bytes.TrimSpace(text)})
	if err != nil {
		t.Fatal(err)
	}
	var keys []signingKey
	err = dbtest.OpenURL(t, databaseURL).Query(t.Context(), func(r db.Row) error {
		var kid string
		var sealed []byte
		if err := r.Scan(&kid, &sealed); err != nil {
			return err
		}
		der, _, err := box.Open("signing_keys "+kid, sealed)
		if err != nil {
			return err
		}
		private, err := x509.ParsePKCS8PrivateKey(der)
		if err == nil {
			keys = append(keys, signingKey{kid, private.(*ecdsa.PrivateKey)})
		}
		return err
	}, "SELECT kid, sealed FROM signing_keys ORDER BY number")
	if err != nil || len(keys) == 0 {
		t.Fatalf("%d keys could be read: %v", len(keys), err)
	}
	return keys
}

// edit changes a token before it is signed.
type edit func(header, claims map[string]any)

// sign makes an access token as the server does, but for one change.
func (k signingKey) sign(t *testing.T, change edit) string {
	t.Helper()
	return k.signWith(t, jwt.SigningMethodES256, k.private, change)
}

func (k signingKey) signWith(t *testing.T, method jwt.SigningMethod, key any, change edit) string {
	t.Helper()
	now := time.Now().Unix()
	claims := jwt.MapClaims{
		"iss": consumedIssuer, "aud": consumedAudience, "sub": "1", "sid": "family", "jti": "token", "iat": now, "exp": now + 3600,
	}
	unsigned := jwt.NewWithClaims(method, claims)
	unsigned.Header["typ"], unsigned.Header["kid"] = "at+jwt", k.id
	if change != nil {
		change(unsigned.Header, claims)
	}
	text, err := unsigned.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rareSignatures are good tokens in whose signatures a number is short, or would be negative in DER.
func rareSignatures(t *testing.T, key signingKey) map[string]string {
	t.Helper()
	found := map[string]string{}
	for len(found) < 4 {
		text := key.sign(t, nil)
		s, err := base64.RawURLEncoding.DecodeString(text[strings.LastIndex(text, ".")+1:])
		if err != nil {
			t.Fatal(err)
		}
		for name, is := range map[string]bool{
			"first number short": s[0] == 0, "second number short": s[32] == 0,
			"both high": s[0] > 127 && s[32] > 127, "both low": s[0] < 128 && s[32] < 128,
		} {
			if is {
				found[name] = text
			}
		}
	}
	return found
}

// forgeries are what every verifier must refuse.
func forgeries(t *testing.T, key signingKey, access, refresh string) map[string]string {
	t.Helper()
	stranger := newSigningKey(t, "stranger")
	namesake := newSigningKey(t, key.id)
	parts := strings.Split(access, ".")
	secretOfAll := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER(t, key)})
	all := map[string]string{
		"nothing":                          "",
		"no token":                         "hello",
		"three parts of nothing":           "..",
		"three parts that are not JSON":    "YQ.YQ.YQ",
		"a refresh token":                  refresh,
		"without its signature":            parts[0] + "." + parts[1] + ".",
		"half of its signature":            parts[0] + "." + parts[1] + "." + parts[2][:43],
		"a key of another server":          stranger.sign(t, nil),
		"another key under the same name":  namesake.sign(t, nil),
		"no algorithm":                     key.signWith(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"the public key as a secret":       key.signWith(t, jwt.SigningMethodHS256, secretOfAll, nil),
		"a key that the token brings":      stranger.sign(t, func(h, _ map[string]any) { h["jwk"] = stranger.jwk(t) }),
		"a kid that is a path":             key.sign(t, func(h, _ map[string]any) { h["kid"] = "../../dev/null" }),
		"a kid that is a list":             stranger.sign(t, func(h, _ map[string]any) { h["kid"] = []string{key.id} }),
		"a refresh token of our making":    key.sign(t, func(h, _ map[string]any) { h["typ"] = "rt+jwt" }),
		"any kind":                         key.sign(t, func(h, _ map[string]any) { h["typ"] = "JWT" }),
		"no kind":                          key.sign(t, func(h, _ map[string]any) { delete(h, "typ") }),
		"another issuer":                   key.sign(t, func(_, c map[string]any) { c["iss"] = consumedIssuer + "/" }),
		"no issuer":                        key.sign(t, func(_, c map[string]any) { delete(c, "iss") }),
		"another audience":                 key.sign(t, func(_, c map[string]any) { c["aud"] = consumedIssuer }),
		"no audience":                      key.sign(t, func(_, c map[string]any) { delete(c, "aud") }),
		"expired":                          key.sign(t, func(_, c map[string]any) { c["exp"] = time.Now().Unix() - 1 }),
		"no end":                           key.sign(t, func(_, c map[string]any) { delete(c, "exp") }),
		"an end that is no number":         key.sign(t, func(_, c map[string]any) { c["exp"] = "never" }),
		"an end that is a list of numbers": key.sign(t, func(_, c map[string]any) { c["exp"] = []int64{9999999999} }),
	}
	for i, part := range []string{"header", "claims", "signature"} {
		changed := slices.Clone(parts)
		middle := len(changed[i]) / 2
		other := "A"
		if changed[i][middle] == 'A' {
			other = "B"
		}
		changed[i] = changed[i][:middle] + other + changed[i][middle+1:]
		all["one byte of the "+part+" changed"] = strings.Join(changed, ".")
	}
	return all
}

func publicDER(t *testing.T, key signingKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (k signingKey) jwk(t *testing.T) map[string]string {
	t.Helper()
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	return map[string]string{"kty": "EC", "crv": "P-256", "x": text(point[1:33]), "y": text(point[33:]), "kid": k.id, "alg": "ES256"}
}

package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What tests of tokens forge them with: everything that the server has, its keys included.

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	later  = noon.AddDate(1, 0, 0) // when every token of noon has expired
	named  = Names{Issuer: "https://id.example.com", Audience: "https://api.example.com"}
	rules  = Rules{Lifetime: 720 * time.Hour, TokenLife: 5 * time.Minute, Keep: 1000 * time.Hour}
	agreed = []byte("a secret that old consumers share, 2026")
)

// claimed are what a token of noon says.
func claimed() Claims {
	return Claims{
		Issuer: named.Issuer, Audience: named.Audience, Subject: "7", Session: "family", ID: "token-1",
		IssuedAt: noon.Unix(), Expires: noon.Add(3 * time.Minute).Unix(),
	}
}

// fixedKey is the same in every process, as a fuzzer needs that tries the tokens of one in others.
func fixedKey(tb testing.TB, number int64, seed string, activeFrom time.Time) Key {
	tb.Helper()
	scalar := sha256.Sum256([]byte(seed))
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		tb.Fatal(err)
	}
	k, err := identified(Key{number: number, Created: activeFrom, ActiveFrom: activeFrom, private: private})
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// keysOf are keys that no database keeps.
func keysOf(read time.Time, keys ...Key) *Keys {
	k := &Keys{rules: rules}
	k.ring.Store(&ring{keys: keys, read: read})
	return k
}

// forger makes tokens of one kind and algorithm, with the issuer's own key where nothing else is said.
type forger struct {
	tb     testing.TB
	name   string
	kind   Kind
	other  Kind
	issuer *Issuer
	method jwt.SigningMethod
	real   any
	key    Key // where the algorithm is ES256
}

// forgers are one for each kind and algorithm.
func forgers(tb testing.TB) []forger {
	tb.Helper()
	key := fixedKey(tb, 1, "ours", noon.Add(-time.Hour))
	es := forger{tb: tb, issuer: NewES256(named, keysOf(later, key)), method: jwt.SigningMethodES256, real: key.private, key: key}
	hs := forger{tb: tb, issuer: NewHS256(named, agreed, 24*time.Hour), method: jwt.SigningMethodHS256, real: agreed}
	var all []forger
	for _, f := range []forger{es, hs} {
		for _, kinds := range [][2]Kind{{Access, Refresh}, {Refresh, Access}} {
			f.kind, f.other, f.name = kinds[0], kinds[1], f.method.Alg()+" "+string(kinds[0])
			all = append(all, f)
		}
	}
	return all
}

// signed is a token as the server makes it.
func (f forger) signed(kind Kind, c Claims) string {
	f.tb.Helper()
	text, err := f.issuer.Sign(kind, c, noon)
	if err != nil {
		f.tb.Fatal(err)
	}
	return text
}

// draft is a token that is about to be signed: two JSON texts, and who signs them.
type draft struct {
	f              forger
	header, claims string
	method         jwt.SigningMethod
	key            any
}

// draft is the server's own token, to be changed.
func (f forger) draft() draft {
	f.tb.Helper()
	parts := strings.Split(f.signed(f.kind, claimed()), ".")
	return draft{f: f, header: f.decode(parts[0]), claims: f.decode(parts[1]), method: f.method, key: f.real}
}

func (f forger) decode(segment string) string {
	f.tb.Helper()
	b, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		f.tb.Fatal(err)
	}
	return string(b)
}

// head gives a member of the header another JSON value; none takes the member out.
func (d draft) head(name, value string) draft {
	d.header = d.f.member(d.header, name, value)
	return d
}

// claim does so with a claim.
func (d draft) claim(name, value string) draft {
	d.claims = d.f.member(d.claims, name, value)
	return d
}

func (d draft) by(method jwt.SigningMethod, key any) draft {
	d.method, d.key = method, key
	return d.head("alg", strconv.Quote(method.Alg()))
}

func (d draft) rawHeader(text string) draft {
	d.header = text
	return d
}

func (d draft) rawClaims(text string) draft {
	d.claims = text
	return d
}

// input is what gets signed.
func (d draft) input() string { return encode(d.header) + "." + encode(d.claims) }

func (d draft) text() string {
	d.f.tb.Helper()
	return d.f.sign(d.input(), d.method, d.key)
}

// sign takes any text for the first two segments.
func (f forger) sign(input string, method jwt.SigningMethod, key any) string {
	f.tb.Helper()
	signature, err := method.Sign(input, key)
	if err != nil {
		f.tb.Fatal(err)
	}
	return input + "." + encode(string(signature))
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func (f forger) member(object, name, value string) string {
	f.tb.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &members); err != nil {
		f.tb.Fatal(err)
	}
	members[name] = json.RawMessage(value)
	if value == "" {
		delete(members, name)
	}
	b, err := json.Marshal(members)
	if err != nil {
		f.tb.Fatal(err)
	}
	return string(b)
}

// cut takes a token apart into what was signed and the signature.
func cut(text string) (input, signature string) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 {
		return text, ""
	}
	return text[:i], text[i+1:]
}

// sized is a token of exactly so many bytes, signed by the server's key: names that nobody knows fill it up.
func (f forger) sized(bytes int) string {
	f.tb.Helper()
	for more := range 4 { // base64 has no text of 4n+1 characters; with a longer header there is another way
		d := f.draft().head("x", strconv.Quote(strings.Repeat("x", more)))
		free := (bytes - len(d.claim("x", `""`).text())) * 3 / 4
		for n := max(0, free-4); n <= free+4; n++ {
			if text := d.claim("x", strconv.Quote(strings.Repeat("x", n))).text(); len(text) == bytes {
				return text
			}
		}
	}
	f.tb.Fatalf("no token of %d bytes", bytes)
	return ""
}

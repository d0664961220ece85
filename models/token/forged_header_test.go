package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/golang-jwt/jwt/v5"
)

// forgedHeaders are signed by the real key; their header says something that it must not.
func (f forger) forgedHeaders() map[string]string {
	d, typ := f.draft(), strconv.Quote(string(f.kind))
	return map[string]string{
		"typ missing":                  d.head("typ", "").text(),
		"typ empty":                    d.head("typ", `""`).text(),
		"typ JWT":                      d.head("typ", `"JWT"`).text(),
		"typ of the other kind":        d.head("typ", strconv.Quote(string(f.other))).text(),
		"typ in upper case":            d.head("typ", strings.ToUpper(typ)).text(),
		"typ with its full name":       d.head("typ", strconv.Quote("application/"+string(f.kind))).text(),
		"typ with a space":             d.head("typ", strconv.Quote(string(f.kind)+" ")).text(),
		"typ null":                     d.head("typ", "null").text(),
		"typ a number":                 d.head("typ", "1").text(),
		"typ an array":                 d.head("typ", "["+typ+"]").text(),
		"typ under another name":       d.head("typ", "").head("Typ", typ).text(),
		"crit of a known name":         d.head("crit", `["exp"]`).text(),
		"crit of an unknown name":      d.head("crit", `["x"]`).head("x", "1").text(),
		"crit of RFC 7797":             d.head("crit", `["b64"]`).head("b64", "false").text(),
		"crit empty":                   d.head("crit", "[]").text(),
		"crit null":                    d.head("crit", "null").text(),
		"crit no array":                d.head("crit", "true").text(),
		"alg missing":                  d.head("alg", "").text(),
		"alg null":                     d.head("alg", "null").text(),
		"alg a number":                 d.head("alg", "256").text(),
		"alg an array":                 d.head("alg", `["`+f.method.Alg()+`"]`).text(),
		"alg in lower case":            d.head("alg", strings.ToLower(strconv.Quote(f.method.Alg()))).text(),
		"alg with a space":             d.head("alg", strconv.Quote(f.method.Alg()+" ")).text(),
		"alg unknown":                  d.head("alg", `"XX256"`).text(),
		"header empty":                 d.rawHeader("").text(),
		"header an empty object":       d.rawHeader("{}").text(),
		"header null":                  d.rawHeader("null").text(),
		"header an array":              d.rawHeader("[" + d.header + "]").text(),
		"header a text":                d.rawHeader(strconv.Quote(d.header)).text(),
		"header cut short":             d.rawHeader(d.header[:len(d.header)-1]).text(),
		"header twice":                 d.rawHeader(d.header + d.header).text(),
		"header with a BOM":            d.rawHeader("\ufeff" + d.header).text(),
		"header with a NUL":            d.rawHeader(d.header + "\x00").text(),
		"header with a deep value":     d.rawHeader(`{"x":` + strings.Repeat("[", 4000)).text(),
		"header with alg twice":        d.rawHeader(strings.Replace(d.header, "}", `,"alg":"none"}`, 1)).text(),
		"header with typ twice":        d.rawHeader(strings.Replace(d.header, "}", `,"typ":"JWT"}`, 1)).text(),
		"header with comments":         d.rawHeader(d.header + "//").text(),
		"header and claims in one":     d.rawHeader(d.header + d.claims).text(),
		"no header, the claims signed": f.sign("."+encode(d.claims), f.method, f.real),
	}
}

// forgedAlgorithms name another algorithm than the issuer's, and are signed as that one wants, or not at all.
func (f forger) forgedAlgorithms() map[string]string {
	d := f.draft()
	all := map[string]string{}
	for _, none := range []string{"none", "None", "NONE", "nOnE", "none ", ""} {
		relabeled := d.head("alg", strconv.Quote(none))
		_, kept := cut(d.text())
		all["alg "+strconv.Quote(none)+" unsigned"] = relabeled.input() + "."
		all["alg "+strconv.Quote(none)+" with a signature"] = relabeled.text()
		all["alg "+strconv.Quote(none)+" with the old signature"] = relabeled.input() + "." + kept
	}
	for _, alg := range jwt.GetAlgorithms() {
		if alg == f.method.Alg() {
			continue
		}
		all["alg "+alg+" with our signature"] = d.head("alg", strconv.Quote(alg)).text()
		all["alg "+alg+" without a signature"] = d.head("alg", strconv.Quote(alg)).input() + "."
	}
	theirs := strangers()
	for _, method := range []jwt.SigningMethod{
		jwt.SigningMethodRS256, jwt.SigningMethodRS512, jwt.SigningMethodPS256, jwt.SigningMethodES384,
		jwt.SigningMethodES512, jwt.SigningMethodEdDSA,
	} {
		all["alg "+method.Alg()+" with its own signature"] = d.by(method, theirs[method]).text()
	}
	all["alg none as the library signs it"] = d.by(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType).text()
	return all
}

// strangers are keys of somebody else, one for each algorithm that has other keys than ours.
var strangers = sync.OnceValue(func() map[jwt.SigningMethod]any {
	keys := map[jwt.SigningMethod]any{}
	rsaKey, err1 := rsa.GenerateKey(rand.Reader, 1024) // enough for a test, and quickly made
	p384, err2 := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, err3 := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, ed, err4 := ed25519.GenerateKey(rand.Reader)
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			panic(err)
		}
	}
	for _, method := range []jwt.SigningMethod{jwt.SigningMethodRS256, jwt.SigningMethodRS512, jwt.SigningMethodPS256} {
		keys[method] = rsaKey
	}
	keys[jwt.SigningMethodES384], keys[jwt.SigningMethodES512], keys[jwt.SigningMethodEdDSA] = p384, p521, ed
	return keys
})

// forgedES256 name keys that are not the server's, or make its public key a secret (RFC 8725, 2.1).
func (f forger) forgedES256() map[string]string {
	d, theirs := f.draft(), fixedKey(f.tb, 1, "theirs", noon)
	jwk, err := json.Marshal(theirs.jwk())
	if err != nil {
		f.tb.Fatal(err)
	}
	kid := func(value string) string { return d.head("kid", value).text() }
	bad := d.by(jwt.SigningMethodES256, theirs.private)
	badKid := bad.head("kid", strconv.Quote(theirs.ID))
	all := map[string]string{
		"kid missing":                kid(""),
		"kid empty":                  kid(`""`),
		"kid unknown":                kid(`"x"`),
		"kid a path":                 kid(`"../x"`),
		"kid a device":               kid(`"/dev/null"`),
		"kid SQL":                    kid(`"' OR 1=1 -- "`),
		"kid a number":               kid("1"),
		"kid null":                   kid("null"),
		"kid an array":               kid(`["` + f.key.ID + `"]`),
		"kid very long":              kid(strconv.Quote(strings.Repeat("x", 5000))),
		"kid in another case":        kid(strconv.Quote(swapCase(f.key.ID))),
		"kid with a space":           kid(strconv.Quote(f.key.ID + " ")),
		"kid with a NUL":             kid(`"` + f.key.ID + `\u0000"`),
		"kid cut":                    kid(strconv.Quote(f.key.ID[:20])),
		"kid under another name":     d.head("kid", "").head("KID", strconv.Quote(f.key.ID)).text(),
		"kid of another database":    badKid.text(),
		"key of another database":    bad.text(),
		"jwk of theirs":              bad.head("jwk", string(jwk)).text(),
		"jwk of theirs, no kid":      bad.head("jwk", string(jwk)).head("kid", "").text(),
		"jwk of theirs, their kid":   badKid.head("jwk", string(jwk)).text(),
		"jku of theirs":              badKid.head("jku", `"https://evil.example.com/.well-known/jwks.json"`).text(),
		"x5u of theirs":              badKid.head("x5u", `"https://evil.example.com/cert.pem"`).text(),
		"x5c of theirs":              bad.head("x5c", `["`+f.certificate(theirs)+`"]`).text(),
		"x5c of theirs, no kid":      bad.head("kid", "").head("x5c", `["`+f.certificate(theirs)+`"]`).text(),
		"HS256 with a shared secret": d.by(jwt.SigningMethodHS256, agreed).head("kid", "").text(),
	}
	for name, secret := range f.publicForms() {
		all["HS256 with "+name] = d.by(jwt.SigningMethodHS256, secret).text()
	}
	return all
}

// publicForms are what everybody knows of the server's key.
func (f forger) publicForms() map[string][]byte {
	der, err := x509.MarshalPKIXPublicKey(&f.key.private.PublicKey)
	if err != nil {
		f.tb.Fatal(err)
	}
	jwk, err := json.Marshal(f.key.jwk())
	if err != nil {
		f.tb.Fatal(err)
	}
	point, err := f.key.private.PublicKey.Bytes()
	if err != nil {
		f.tb.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return map[string][]byte{
		"the public key in DER":        der,
		"the public key in PEM":        text,
		"the public key in PEM, bare":  []byte(strings.TrimSpace(string(text))),
		"the public key as JWK":        jwk,
		"the public key as its point":  point,
		"the public key as x and y":    point[1:],
		"the public key as x":          point[1:33],
		"the thumbprint":               []byte(f.key.ID),
		"no secret":                    {},
		"the public key in base64 DER": []byte(base64.StdEncoding.EncodeToString(der)),
	}
}

func (f forger) certificate(k Key) string {
	f.tb.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: noon, NotAfter: later}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.private.PublicKey, k.private)
	if err != nil {
		f.tb.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// forgedHS256 are made without the secret, or with it for another algorithm.
func (f forger) forgedHS256() map[string]string {
	d, key := f.draft(), fixedKey(f.tb, 1, "ours", noon)
	all := map[string]string{
		"HS384 with the secret": d.by(jwt.SigningMethodHS384, agreed).text(),
		"HS512 with the secret": d.by(jwt.SigningMethodHS512, agreed).text(),
		"ES256 of the server":   d.by(jwt.SigningMethodES256, key.private).head("kid", strconv.Quote(key.ID)).text(),
		"ES256 named HS256":     d.by(jwt.SigningMethodES256, key.private).head("alg", `"HS256"`).text(),
		"ES256 with no kid":     d.by(jwt.SigningMethodES256, key.private).text(),
	}
	for name, secret := range map[string]string{
		"another secret":         "another secret of thirty-two bytes or more",
		"no secret":              "",
		"the secret's beginning": string(agreed[:len(agreed)-1]),
		"the secret and a line":  string(agreed) + "\n",
		"the secret in hex":      hex.EncodeToString(agreed),
		"the secret in base64":   base64.StdEncoding.EncodeToString(agreed),
		"the issuer's name":      named.Issuer,
	} {
		forged := d.by(jwt.SigningMethodHS256, []byte(secret))
		all[name] = forged.text()
		all[name+" and kid"] = forged.head("kid", `"../../../dev/null"`).text()
		all[name+" and jwk"] = forged.head("jwk", `{"kty":"oct","k":"`+encode(secret)+`"}`).text()
	}
	return all
}

func swapCase(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, text)
}

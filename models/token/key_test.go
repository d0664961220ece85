package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"testing"
)

// keyOf is the key with this private number.
func keyOf(t *testing.T, number []byte) Key {
	t.Helper()
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), number)
	if err != nil {
		t.Fatal(err)
	}
	k, err := identified(Key{private: private})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The key is that of RFC 7517, appendix A.2, and its thumbprint is made as RFC 7638, 3.1 makes one: of the required
// members, which encoding/json puts in order.
func TestThePublicKeyIsThatOfTheRFC(t *testing.T) {
	d, err := base64.RawURLEncoding.DecodeString("870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	want := JWK{
		KeyType: "EC", Curve: "P-256", Use: "sig", Algorithm: "ES256", ID: base64.RawURLEncoding.EncodeToString(sum[:]),
		X: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", Y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
	}
	if got := keyOf(t, d).jwk(); got != want {
		t.Errorf("jwk() = %+v, want %+v", got, want)
	}
	got, err := json.Marshal(want)
	const members = `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",` +
		`"kid":"cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s","use":"sig","alg":"ES256"}`
	if err != nil || string(got) != members {
		t.Errorf("JSON = %s, %v, want %s", got, err, members)
	}
}

// RFC 7518, 6.2.1.2: a coordinate keeps its leading zeros. One in 128 keys has some.
func TestCoordinatesHave32BytesAlsoWithLeadingZeros(t *testing.T) {
	var zeroX, zeroY bool
	for i := int64(1); i < 5000 && (!zeroX || !zeroY); i++ {
		k := keyOf(t, big.NewInt(i).FillBytes(make([]byte, 32)))
		jwk := k.jwk()
		x, errX := base64.RawURLEncoding.DecodeString(jwk.X)
		y, errY := base64.RawURLEncoding.DecodeString(jwk.Y)
		if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
			t.Fatalf("key %d: x has %d bytes, y has %d, %v, %v", i, len(x), len(y), errX, errY)
		}
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err != nil || !public.Equal(&k.private.PublicKey) {
			t.Fatalf("key %d: x and y are another key, %v", i, err)
		}
		zeroX, zeroY = zeroX || x[0] == 0, zeroY || y[0] == 0
	}
	if !zeroX || !zeroY {
		t.Errorf("a leading zero in x: %v, in y: %v", zeroX, zeroY)
	}
}

func TestAKeyComesBackAsItWas(t *testing.T) {
	want, err := newKey(7, later, noon)
	if err != nil {
		t.Fatal(err)
	}
	der, err := want.marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseKey(7, der, noon, later)
	if err != nil || !got.private.Equal(want.private) || got.jwk() != want.jwk() || got.ID != want.ID || got.number != 7 ||
		!got.Created.Equal(noon) || !got.ActiveFrom.Equal(later) {
		t.Errorf("got %#v of %s, %s, %v", got, got.Created, got.ActiveFrom, err)
	}
	if again, err := newKey(7, later, noon); err != nil || again.ID == want.ID {
		t.Errorf("the next key is %s, as the first, %v", again, err)
	}
}

func TestOnlyP256KeysAreRead(t *testing.T) {
	p384, err1 := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, ed, err2 := ed25519.GenerateKey(rand.Reader)
	rsaKey, err3 := rsa.GenerateKey(rand.Reader, 2048)
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	for name, private := range map[string]any{"P-384": p384, "Ed25519": ed, "RSA": rsaKey} {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		if k, err := parseKey(1, der, noon, noon); err == nil {
			t.Errorf("%s was read as %s", name, k)
		}
	}
	for _, der := range [][]byte{nil, []byte("x")} {
		if k, err := parseKey(1, der, noon, noon); err == nil {
			t.Errorf("%q was read as %s", der, k)
		}
	}
}

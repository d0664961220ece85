// A program that verifies Gatehouse's access tokens by itself. It reads tokens from its input, one a line, and answers each
// with the status that an API would give:
//
//	echo "$ACCESS" | go run ./docs/examples/verify-go
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var (
	gatehouse = cmp.Or(os.Getenv("GATEHOUSE"), "http://localhost:3000")
	issuer    = cmp.Or(os.Getenv("ISSUER"), gatehouse) // Gatehouse's --issuer; unless set, its --base-url
	audience  = cmp.Or(os.Getenv("AUDIENCE"), issuer)  // Gatehouse's --audience; unless set, its --base-url
)

var (
	client    = http.Client{Timeout: 5 * time.Second}
	errNoKeys = errors.New("no keys") // says nothing about the token
)

// claims is what a token says. Subject is the user's id.
type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
}

func main() {
	keys := &keySet{url: gatehouse + "/.well-known/jwks.json"}
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		switch c, err := verify(input.Text(), keys); {
		case err == nil:
			text, _ := json.Marshal(c)
			fmt.Printf("200 %s\n", text)
		case errors.Is(err, errNoKeys):
			fmt.Println(503, err)
		default:
			fmt.Println(401, err)
		}
	}
}

func verify(text string, keys *keySet) (claims, error) {
	var c claims
	_, err := jwt.ParseWithClaims(text, &c, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != "at+jwt" { // such as a refresh token
			return nil, errors.New("not an access token")
		}
		kid, _ := t.Header["kid"].(string)
		return keys.find(kid)
	},
		jwt.WithValidMethods([]string{"ES256"}), // never the one that the token asks for
		jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithStrictDecoding())
	return c, err
}

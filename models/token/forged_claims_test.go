package token

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// forgedClaims are signed by the real key, and say what no token of ours says.
func (f forger) forgedClaims() map[string]string {
	d, c := f.draft(), claimed()
	all := map[string]string{}
	for name, right := range map[string]string{"iss": c.Issuer, "aud": c.Audience, "sub": c.Subject, "sid": c.Session, "jti": c.ID} {
		for how, value := range map[string]string{
			"missing": "", "empty": `""`, "null": "null", "a number": "7", "true": "true",
			"an array": `["` + right + `"]`, "an object": `{"x":"` + right + `"}`,
		} {
			all[name+" "+how] = d.claim(name, value).text()
		}
	}
	for name, right := range map[string]string{"iss": c.Issuer, "aud": c.Audience} {
		for how, value := range map[string]string{
			"of somebody else": "https://evil.example.com", "with a slash": right + "/", "with a space": right + " ",
			"in upper case": strings.ToUpper(right), "longer": right + ".evil.example.com", "cut": right[:len(right)-1],
			"over http": strings.Replace(right, "https", "http", 1), "with a NUL": right + "\x00",
		} {
			all[name+" "+how] = d.claim(name, quoteJSON(value)).text()
		}
	}
	for name, right := range map[string]int64{"iat": c.IssuedAt, "exp": c.Expires} {
		for how, value := range map[string]string{
			"missing": "", "0": "0", "negative": "-" + strconv.FormatInt(right, 10), "null": "null", "false": "false",
			"a text": `"` + strconv.FormatInt(right, 10) + `"`, "a fraction": strconv.FormatInt(right, 10) + ".5",
			"of 1e400": "1e400", "with an exponent": "1.7e9", "past int64": "9223372036854775808",
			"an array": "[" + strconv.FormatInt(right, 10) + "]",
		} {
			all[name+" "+how] = d.claim(name, value).text()
		}
	}
	for _, name := range []string{"sub", "sid", "jti"} {
		all[name+" longer than a column"] = d.claim(name, quoteJSON(strings.Repeat("1", longestID+1))).text()
	}
	all["exp past what a column holds"] = d.claim("exp", strconv.FormatInt(farFuture, 10)).text()
	iat := strconv.FormatInt(c.IssuedAt, 10)
	all["exp before iat"] = d.claim("exp", strconv.FormatInt(c.IssuedAt-1, 10)).text()
	all["exp as iat"] = d.claim("exp", iat).text()
	all["iat as exp"] = d.claim("iat", strconv.FormatInt(c.Expires, 10)).text()
	all["aud two, ours first"] = d.claim("aud", `["`+named.Audience+`","https://other.example.com"]`).text()
	all["iss and aud in turns"] = d.claim("iss", quoteJSON(named.Audience)).claim("aud", quoteJSON(named.Issuer)).text()
	return all
}

func quoteJSON(text string) string { return strings.ReplaceAll(`"`+text+`"`, "\x00", `\u0000`) }

// forgedBodies are signed by the real key, and are no JSON object.
func (f forger) forgedBodies() map[string]string {
	d := f.draft()
	wide := ""
	for _, unit := range utf16.Encode([]rune(d.claims)) {
		wide += string([]byte{byte(unit), byte(unit >> 8)})
	}
	all := map[string]string{}
	for name, body := range map[string]string{
		"nothing":           "",
		"an empty object":   "{}",
		"null":              "null",
		"true":              "true",
		"a number":          "1",
		"a text":            strconv.Quote(d.claims),
		"an empty array":    "[]",
		"an array of them":  "[" + d.claims + "]",
		"cut short":         d.claims[:len(d.claims)-1],
		"twice":             d.claims + d.claims,
		"with a brace more": d.claims + "}",
		"with a comma":      strings.Replace(d.claims, "}", ",}", 1),
		"in single quotes":  strings.ReplaceAll(d.claims, `"`, "'"),
		"with a BOM":        "\ufeff" + d.claims,
		"with a NUL":        d.claims + "\x00",
		"with a NUL inside": strings.Replace(d.claims, ":", ":\x00", 1),
		"in UTF-16":         wide,
		"one level deeper":  `{"claims":` + d.claims + "}",
		"too deep":          `{"x":` + strings.Repeat("[", 5000),
		"no base64 JSON":    "\xff\xfe\xfd",
		"with iss twice":    strings.Replace(d.claims, "}", `,"iss":"https://evil.example.com"}`, 1),
	} {
		all["claims "+name] = d.rawClaims(body).text()
	}
	return all
}

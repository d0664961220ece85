package openapitest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Exchange is a request and its answer.
type Exchange struct {
	Request      *http.Request // without its body
	RequestBody  []byte
	Status       int
	Header       http.Header
	ResponseBody []byte // to HEAD, as it would be to GET
}

// everywhere are headers that any answer may have. The description speaks of the others.
var everywhere = []string{
	"Cache-Control", "Connection", "Content-Length", "Content-Security-Policy", "Content-Type", "Cross-Origin-Opener-Policy",
	"Cross-Origin-Resource-Policy", "Date", "Referrer-Policy", "Strict-Transport-Security", "Vary", "X-Content-Type-Options", "X-Request-Id",
}

// judge says in what an exchange differs from the description, and which of its answers this was; "" for a path that it does not
// have. A request is judged only if it went well: what is wrong with others is for the program to find.
func (d *description) judge(x Exchange) (seen string, err error) {
	r, described := d.find(x.Request.Method, x.Request.URL.Path)
	if !described {
		return "", d.judgeStranger(x)
	}
	status := strconv.Itoa(x.Status)
	if x.Status == http.StatusInternalServerError {
		status = "default" // which stands for nothing else
	}
	answer := r.Responses.Value(status)
	if answer == nil {
		return "", fmt.Errorf("the status is not described; the body is %s", x.ResponseBody)
	}
	pointer := cmp.Or(answer.Ref, at(r.pointer(), "responses", status))
	err = errors.Join(d.judgeHeaders(answer.Value, pointer, x.Header), d.judgeBody(answer.Value, pointer, x))
	if x.Status/100 == 2 {
		err = errors.Join(err, d.judgeRequest(r, x))
	}
	return key(r, status), err
}

// judgeStranger wants what has no description to be told so, where only programs ask.
func (d *description) judgeStranger(x Exchange) error {
	path := x.Request.URL.Path
	if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/auth/") {
		return nil
	}
	if x.Status != http.StatusNotFound && x.Status != http.StatusMethodNotAllowed {
		return errors.New("the route is not described")
	}
	return d.judgeJSON(at(top, "components", "schemas", "Failure"), x)
}

func (d *description) judgeHeaders(answer *openapi3.Response, pointer string, got http.Header) error {
	var wrong []error
	known := map[string]bool{}
	for name, header := range answer.Headers {
		canonical := http.CanonicalHeaderKey(name)
		known[canonical] = true
		values := got[canonical]
		if len(values) == 0 && header.Value.Required {
			wrong = append(wrong, fmt.Errorf("the header %s is missing", name))
		}
		where := cmp.Or(header.Ref, at(pointer, "headers", name))
		for _, v := range values {
			if err := d.check(where+"/schema", v); err != nil {
				wrong = append(wrong, fmt.Errorf("the header %s: %w", name, err))
			}
		}
	}
	for name := range got {
		if !known[name] && !slices.Contains(everywhere, name) {
			wrong = append(wrong, fmt.Errorf("the header %s is not described", name))
		}
	}
	if got.Get("X-Request-Id") == "" {
		wrong = append(wrong, errors.New("there is no X-Request-Id"))
	}
	return errors.Join(wrong...)
}

func (d *description) judgeBody(answer *openapi3.Response, pointer string, x Exchange) error {
	if len(answer.Content) > 0 {
		return d.judgeJSON(at(pointer, "content", "application/json", "schema"), x)
	}
	if len(x.ResponseBody) > 0 {
		return fmt.Errorf("a body is not described: %s", x.ResponseBody)
	}
	return nil
}

// judgeJSON compares an answer's body with a schema, and a failure's id with that of the header.
func (d *description) judgeJSON(pointer string, x Exchange) error {
	if kind, _, err := mime.ParseMediaType(x.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fmt.Errorf("Content-Type is %q, want application/json", x.Header.Get("Content-Type"))
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(x.ResponseBody))
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w: %s", err, x.ResponseBody)
	}
	if err := d.check(pointer, value); err != nil {
		return fmt.Errorf("the body is not as described: %w: %s", err, x.ResponseBody)
	}
	var named struct{ RequestID string }
	if err := json.Unmarshal(x.ResponseBody, &named); err == nil && named.RequestID != "" && named.RequestID != x.Header.Get("X-Request-Id") {
		return fmt.Errorf("requestId is %q, X-Request-Id %q", named.RequestID, x.Header.Get("X-Request-Id"))
	}
	return nil
}

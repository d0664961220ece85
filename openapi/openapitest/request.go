package openapitest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// judgeRequest says why a request that went well should not have.
func (d *description) judgeRequest(r route, x Exchange) error {
	return errors.Join(d.judgeQuery(r, x.Request.URL.Query()), d.judgeCaller(r, x.Request), d.judgeSent(r, x))
}

// judgeQuery passes over names that are not described, as the program does.
func (d *description) judgeQuery(r route, query url.Values) error {
	for name, values := range query {
		i := slices.IndexFunc(r.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" && p.Value.Name == name })
		if i < 0 {
			continue
		}
		for _, v := range values {
			var value any = v
			if n, err := strconv.Atoi(v); err == nil && r.Parameters[i].Value.Schema.Value.Type.Is("integer") {
				value = n
			}
			place := cmp.Or(r.Parameters[i].Ref, at(r.pointer(), "parameters", strconv.Itoa(i)))
			if err := d.check(at(place, "schema"), value); err != nil {
				return fmt.Errorf("%s in the query: %w", name, err)
			}
		}
	}
	return nil
}

// judgeCaller wants the credentials that the description asks for.
func (d *description) judgeCaller(r route, req *http.Request) error {
	wanted := r.Security
	if wanted == nil {
		wanted = &d.Security
	}
	for _, all := range *wanted {
		missing := slices.ContainsFunc(schemes(all), func(name string) bool { return !carries(d.Components.SecuritySchemes[name].Value, req) })
		if !missing {
			return nil
		}
	}
	if len(*wanted) > 0 {
		return errors.New("it went well without the credentials that are described")
	}
	return nil
}

func schemes(all openapi3.SecurityRequirement) []string {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	return names
}

func carries(s *openapi3.SecurityScheme, req *http.Request) bool {
	switch {
	case s.Type == "http":
		return strings.HasPrefix(strings.ToLower(strings.TrimSpace(req.Header.Get("Authorization"))), s.Scheme)
	case s.In == "cookie":
		_, err := req.Cookie(s.Name)
		return err == nil
	default:
		return req.Header.Get(s.Name) != "" || req.Header.Get(strings.ReplaceAll(s.Name, "_", "-")) != ""
	}
}

// judgeSent judges the body. A form has texts where JSON may have other values, and is judged by the same schema.
func (d *description) judgeSent(r route, x Exchange) error {
	switch {
	case r.RequestBody == nil:
		return nil // if there was one, nothing of it was needed
	case len(x.RequestBody) == 0 && r.RequestBody.Value.Required:
		return errors.New("it went well without the body that is described")
	case len(x.RequestBody) == 0:
		return nil
	}
	kind, _, err := mime.ParseMediaType(x.Request.Header.Get("Content-Type"))
	if err != nil || r.RequestBody.Value.Content[kind] == nil {
		return fmt.Errorf("it went well with Content-Type %q, which is not described", x.Request.Header.Get("Content-Type"))
	}
	value, err := parsed(kind, x.RequestBody)
	if err != nil {
		return err
	}
	pointer := cmp.Or(r.RequestBody.Ref, at(r.pointer(), "requestBody"))
	if err := d.check(at(pointer, "content", kind, "schema"), value); err != nil {
		return fmt.Errorf("it went well with a body that is not as described: %w: %s", err, x.RequestBody)
	}
	return nil
}

func parsed(kind string, body []byte) (any, error) {
	if kind == "application/json" {
		return jsonschema.UnmarshalJSON(bytes.NewReader(body))
	}
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	value := map[string]any{}
	for name := range fields {
		value[name] = fields.Get(name)
	}
	return value, nil
}

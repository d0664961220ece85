// Package openapitest holds exchanges between clients and the program against its description, openapi.yaml. It is for tests; the
// program does not know it.
//
// A test wraps the program's handler with Handler, or hands Check what a client has seen. A package whose tests are to exercise all that is described has
//
//	func TestMain(m *testing.M) { os.Exit(openapitest.Whole{M: m}.Run()) }
package openapitest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gatehouse/openapi"
)

// root is what the schemas of the description are named by.
const root = "openapi.json"

// description is the parsed one. Its schemas are compiled when they are first needed, and only once: that is most of the work.
type description struct {
	*openapi3.T
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

// read returns the program's own description, checked against the rules of OpenAPI.
var read = sync.OnceValues(func() (*description, error) {
	own, err := openapi.Read()
	if err != nil {
		return nil, err
	}
	return parse(own.JSON)
})

func parse(text []byte) (*description, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("load the description: %w", err)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("check the description: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return nil, fmt.Errorf("parse the description: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(root, value); err != nil {
		return nil, fmt.Errorf("read the schemas: %w", err)
	}
	return &description{T: doc, compiler: c, schemas: map[string]*jsonschema.Schema{}}, nil
}

// check validates a value against the schema that a JSON pointer leads to.
func (d *description) check(pointer string, value any) error {
	d.mu.Lock()
	s, known := d.schemas[pointer]
	var err error
	if !known {
		if s, err = d.compiler.Compile(root + pointer); err == nil {
			d.schemas[pointer] = s
		}
	}
	d.mu.Unlock()
	if err != nil {
		return fmt.Errorf("compile %s: %w", pointer, err)
	}
	return s.Validate(value)
}

// top is the JSON pointer to all of the description.
const top = "#"

// at is a place below another one within the description, as a JSON pointer.
func at(place string, parts ...string) string {
	var b strings.Builder
	b.WriteString(place)
	for _, part := range parts {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(part))
	}
	return b.String()
}

// route is an operation and what it is called in the description.
type route struct {
	*openapi3.Operation
	method, path string
}

func (r route) pointer() string { return at(top, "paths", r.path, strings.ToLower(r.method)) }

// routes lists all operations.
func (d *description) routes() []route {
	var all []route
	for path, item := range d.Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, route{op, method, path})
		}
	}
	return all
}

// find returns the route that a request goes to; HEAD is part of GET.
func (d *description) find(method, path string) (route, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	described := path
	if d.Paths.Map()[path] == nil {
		for template := range d.Paths.Map() {
			if fits(template, path) {
				described = template
			}
		}
	}
	item := d.Paths.Map()[described]
	if item == nil || item.Operations()[method] == nil {
		return route{}, false
	}
	return route{item.Operations()[method], method, described}, true
}

// fits tells whether a path has something for each {parameter} of a described one, and else is the same.
func fits(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") && g != "" })
}

// Route is a route as it is described.
type Route struct {
	Method, Path string // a parameter is {name}
	Example      string // a JSON body, "" where it takes none
	answers      *openapi3.Responses
}

// Answers tells whether the status is described.
func (r Route) Answers(status int) bool { return r.answers.Status(status) != nil }

// Routes lists what is described.
func Routes(t testing.TB) []Route {
	t.Helper()
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	var all []Route
	for _, r := range d.routes() {
		route := Route{Method: r.method, Path: r.path, answers: r.Responses}
		if r.RequestBody != nil {
			text, err := json.Marshal(r.RequestBody.Value.Content["application/json"].Example)
			if err != nil {
				t.Fatal(err)
			}
			route.Example = string(text)
		}
		all = append(all, route)
	}
	return all
}

// Package openapi holds the description of the JSON routes and the page that shows it. It knows no HTTP: handlers hand out what
// it holds.
package openapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed openapi.yaml
var source []byte

//go:embed docs.html
var page string

// script is Redoc, compressed; LICENSE.redoc.txt tells how it was made.
//
//go:embed redoc.standalone.js.gz
var script []byte

// Description is what the program serves of it.
type Description struct {
	JSON    []byte // OpenAPI 3.1, in the order of the source
	Page    []byte // HTML, which asks for the script and for /openapi.json
	Script  []byte // compressed by gzip
	Path    string // where the page expects the script
	Version string // of the script: changes with its text; browsers may keep one version forever
}

// Read returns the description. The source is YAML, since people write and review it; it is turned into JSON once.
var Read = sync.OnceValues(func() (Description, error) {
	text, err := yaml.YAMLToJSON(source)
	if err != nil {
		return Description{}, fmt.Errorf("read openapi.yaml: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return Description{}, fmt.Errorf("read openapi.yaml: %w", err)
	}
	sum := sha256.Sum256(script)
	d := Description{JSON: compact.Bytes(), Script: script, Path: "/gatehouse/redoc.js", Version: hex.EncodeToString(sum[:6])}
	d.Page = []byte(strings.ReplaceAll(page, "SCRIPT", d.Path+"?v="+d.Version))
	return d, nil
})

// PlainScript is the script for a client that takes no gzip.
func (d Description) PlainScript() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(d.Script))
	if err != nil {
		return nil, fmt.Errorf("unpack the script: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpack the script: %w", err)
	}
	return text, nil
}

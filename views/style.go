package views

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
)

//go:embed style.css
var style []byte

// Style is the style sheet of the pages.
type Style struct {
	Path    string // where pages expect it
	Version string // changes with the text; browsers may keep one version forever
	Text    []byte
}

func newStyle() Style {
	sum := sha256.Sum256(style)
	return Style{Path: "/gatehouse/style.css", Version: hex.EncodeToString(sum[:6]), Text: style}
}

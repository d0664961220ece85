// Package views renders the pages: templates, the style sheet and the texts, all embedded. It knows no users and no rules;
// handlers hand it what is to be shown.
package views

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed *.html
var files embed.FS

// Views are the parsed templates and the style sheet. They are safe for use by several goroutines.
type Views struct {
	Style Style
	pages map[string]*template.Template
	texts texts
	site  string
}

// layout are the templates that every page stands on; each other file is a page that defines what stands in them.
var layout = []string{"layout.html", "field.html", "chart.html", "admin_nav.html"}

// New parses the templates with the texts of a language, such as "en", for a site of this name.
func New(language, site string) (*Views, error) {
	t, err := readTexts(language)
	if err != nil {
		return nil, err
	}
	v := &Views{Style: newStyle(), pages: map[string]*template.Template{}, texts: t, site: site}
	base, err := template.New("layout.html").Funcs(v.funcs()).ParseFS(files, layout...)
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	names, err := fs.Glob(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("list pages: %w", err)
	}
	for _, name := range names {
		if slices.Contains(layout, name) {
			continue
		}
		page, err := on(base, name)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		v.pages[strings.TrimSuffix(name, path.Ext(name))] = page
	}
	return v, nil
}

// on parses a page that stands on the layout.
func on(base *template.Template, name string) (*template.Template, error) {
	page, err := base.Clone()
	if err != nil {
		return nil, err
	}
	return page.ParseFS(files, name)
}

func (v *Views) funcs() template.FuncMap {
	return template.FuncMap{
		"t":        v.texts.say,
		"site":     func() string { return v.site },
		"style":    func() string { return v.Style.Path + "?v=" + v.Style.Version },
		"field":    v.field,
		"username": username,
		"time":     v.texts.time,
		"date":     v.texts.date,
		"datetime": func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
	}
}

// Page is what a page shows.
type Page struct {
	User   string // the e-mail of who is signed in, "" for nobody
	Admin  bool   // who is signed in may look after others
	Path   string // of the page, to mark where in the navigation it is
	Notice string // the text of something that was done, "" for nothing
	Form   Form
	Data   any // of this page
}

// Render returns a page as HTML. It is rendered as a whole before anything is sent, so that an error is a clean one.
func (v *Views) Render(page string, p Page) ([]byte, error) {
	t, ok := v.pages[page]
	if !ok {
		return nil, fmt.Errorf("render %s: there is no such page", page)
	}
	p.Form.focused = new(bool)
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout.html", p); err != nil {
		return nil, fmt.Errorf("render %s: %w", page, err)
	}
	return b.Bytes(), nil
}

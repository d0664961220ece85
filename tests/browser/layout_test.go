package browser

import (
	"net/http"
	"testing"
)

// tooWide are the elements that reach out of the window, or hide what does. A field may hold more than it shows.
const tooWide = `[document.documentElement, ...document.querySelectorAll("body *")].filter(e =>
	e.scrollWidth > document.documentElement.clientWidth && !e.matches("input") || e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5
).map(e => e.outerHTML.slice(0, 120))`

// moving are the elements that would move, and those that do.
const moving = `[...document.querySelectorAll("*")].filter(e => {
	const s = getComputedStyle(e)
	return s.animationName !== "none" || s.transitionDuration.split(",").some(d => parseFloat(d) > 0) || s.scrollBehavior === "smooth"
}).map(e => e.outerHTML.slice(0, 120)).concat(document.getAnimations().map(String))`

// loose are the elements that point to one which is not there or says nothing, and the wrong fields that point to none.
const loose = `[...document.querySelectorAll("[aria-describedby], [aria-labelledby], label[for], a[href^='#'], [aria-invalid]")].filter(e => {
	const ids = ["aria-describedby", "aria-labelledby", "for"].flatMap(name => (e.getAttribute(name) || "").split(" ")).filter(id => id !== "")
	if (e.matches("a")) ids.push(e.getAttribute("href").slice(1))
	const texts = ids.map(id => document.getElementById(id)).map(to => to === null ? "" : to.matches("input") ? "field" : to.textContent.trim())
	return texts.length === 0 || texts.includes("")
}).map(e => e.outerHTML.slice(0, 120))`

// WCAG 2.2, 1.4.10.
func TestPagesFitIntoTheNarrowestWindow(t *testing.T) {
	t.Parallel()
	for _, s := range everyPage(t) {
		if len(s.wide) > 0 {
			t.Errorf("%s: at 320 px these are too wide: %q", s.state, s.wide)
		}
	}
}

func TestNothingMovesForPeopleWhoDoNotWantIt(t *testing.T) {
	t.Parallel()
	for _, s := range everyPage(t) {
		if len(s.moving) > 0 {
			t.Errorf("%s: these move: %q", s.state, s.moving)
		}
	}
}

func TestWhatIsWrongIsToldOfItsField(t *testing.T) {
	t.Parallel()
	for _, s := range everyPage(t) {
		if len(s.loose) > 0 {
			t.Errorf("%s: these point to nothing: %q", s.state, s.loose)
		}
	}
}

// What the tests above do not find would have been found.
func TestTheLayoutChecksFindWhatTheyLookFor(t *testing.T) {
	t.Parallel()
	site := serve(t, map[string]http.HandlerFunc{
		"/fits":    html(`<p>Short</p>`),
		"/wide":    html(`<p style="width: 400px">Wide</p>`),
		"/word":    html(`<p>` + longEmail + `</p>`),
		"/cut":     html(`<div style="overflow: hidden"><p style="width: 400px">Wide</p></div>`),
		"/loose":   html(`<p id=a></p><input aria-invalid=true aria-describedby=a>`),
		"/tied":    html(`<p id=a>Wrong</p><input aria-invalid=true aria-describedby=a>`),
		"/moves":   html(`<style>p { animation: a 9s infinite } @keyframes a { to { color: red } }</style><p>Moves</p>`),
		"/changes": html(`<style>p { transition: color 1s }</style><p>Changes</p>`),
		"/minds":   html(`<style>p { transition: color 1s } @media (prefers-reduced-motion: reduce) { p { transition: none } }</style><p>Changes</p>`),
	})
	b := newTab(t, site)
	b.resize(320, 640)
	b.prefer("prefers-reduced-motion", "reduce")
	for path, want := range map[string]struct{ wide, moving, loose bool }{
		"/fits": {}, "/wide": {wide: true}, "/word": {wide: true}, "/cut": {wide: true}, "/moves": {moving: true}, "/changes": {moving: true}, "/minds": {}, "/loose": {loose: true}, "/tied": {},
	} {
		b.open(path)
		if is := eval[[]string](b, tooWide); len(is) > 0 != want.wide {
			t.Errorf("%s: too wide = %q", path, is)
		}
		if is := eval[[]string](b, moving); len(is) > 0 != want.moving {
			t.Errorf("%s: moving = %q", path, is)
		}
		if is := eval[[]string](b, loose); len(is) > 0 != want.loose {
			t.Errorf("%s: loose = %q", path, is)
		}
	}
}

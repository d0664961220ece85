package controllers

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// showAgain makes a refusal of this request show the page of the form once more, with what is wrong beside it: these
// values in its fields, and data, made for this refusal. Call it before the act.
func (h *pages) showAgain(c *gin.Context, name string, values map[string]string, data func(answered) any) {
	of(c).onRefusal = func(is answered) bool {
		if is.status == http.StatusUnauthorized && is.code != "invalid_credentials" {
			toLogin(c, is.code == "session_expired")
			return true
		}
		if !mendable(is.refusal) {
			return false
		}
		p := views.Page{Form: h.formOf(is, values)}
		if data != nil {
			p.Data = data(is)
		}
		return h.tryShow(c, is.status, name, p)
	}
}

// mendable tells whether a refusal is of a mistake, or of what may pass when it is tried once more, and not of a request that no
// form of ours sends.
func mendable(is refusal) bool {
	switch is.status {
	case http.StatusUnauthorized, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	}
	return is.code == "email_unverified" || is.code == "fresh_sign_in_required"
}

// beside names the field that a refusal is about, by its code; the text "beside.CODE" is what is wrong with it.
var beside = map[string]string{"email_taken": "email", "same_password": "newPassword"}

// formOf is a form with these values in its fields, and what is wrong with them.
func (h *pages) formOf(is answered, values map[string]string) views.Form {
	form := views.Form{Values: values, Problems: map[string]string{}, Problem: h.problem(is)}
	for k, sentence := range is.fields {
		form.Problems[k] = h.views.Sentence(k, sentence)
	}
	if field, ok := beside[is.code]; ok {
		form.Problems[field], _ = h.views.Text("beside." + is.code)
	}
	return form
}

// problem tells people why they are refused: the text "problem.CODE", which may tell how long to wait.
func (h *pages) problem(is answered) string {
	text, _ := h.views.Text("problem."+is.code, h.views.Span(is.wait))
	return text
}

// tryShow is show for what is a refusal already. Where that fails too, the log gets both causes.
func (h *pages) tryShow(c *gin.Context, status int, name string, p views.Page) bool {
	err := h.show(c, status, name, p)
	if err != nil {
		of(c).cause = errors.Join(of(c).cause, err)
	}
	return err == nil
}

type errorPage struct{ Title, Sentence, RequestID string }

// showError answers a refusal with a page of its own, and tells whether it could.
func (h *pages) showError(c *gin.Context, is answered) bool {
	title, ok := h.views.Text("error.title." + is.code)
	if !ok {
		title, _ = h.views.Text("error.title")
	}
	return h.tryShow(c, is.status, "error", views.Page{Data: errorPage{title, h.problem(is), of(c).id}})
}

// forProgramsOnly always answer JSON, and so does all that is below them.
var forProgramsOnly = []string{"/api", "/auth", "/.well-known", "/healthz", "/readyz"}

// forPeople tells whether a browser shows the answer to somebody.
func forPeople(r *http.Request) bool {
	program := slices.ContainsFunc(forProgramsOnly, func(prefix string) bool {
		rest, ok := strings.CutPrefix(r.URL.Path, prefix)
		return ok && (rest == "" || rest[0] == '/')
	})
	return !program && strings.Contains(r.Header.Get("Accept"), "text/html")
}

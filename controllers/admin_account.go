package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"gatehouse/models/session"
	"gatehouse/views"
)

// adminAccount is the page on which admins look at one user and change what they may.
type adminAccount struct{ *pages }

type adminAccountPage struct {
	adminDetail
	Confirmed string // whether the address is, in words
	Devices   []adminAccountDevice
	Own       bool // it is the admin's own account
	Fresh     bool // changes need no password now
}

type adminAccountDevice struct {
	session.Listing
	Device string // in words
	Token  bool
}

// Show answers GET /admin/users/{id}.
func (h adminAccount) Show(c *gin.Context) error {
	is, err := h.acts.adminUser(c)
	if err != nil {
		return err
	}
	form := views.Form{Values: map[string]string{"role": is.Role}}
	return h.show(c, http.StatusOK, "admin_user", views.Page{Form: form, Data: h.page(c, is)})
}

// Submit answers POST /admin/users/{id}; act says what is to be done.
func (h adminAccount) Submit(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	is, err := h.acts.adminUser(c)
	if err != nil {
		return err
	}
	act, role := f.text("act"), map[string]string{"role": is.Role}
	if act == "role" {
		role = f.typed("role")
	}
	h.showAgain(c, "admin_user", role, func(answered) any { return h.page(c, is) })
	if err := h.do(c, act, f); err != nil {
		return err
	}
	if act == "end-sessions" && is.ID == of(c).caller.User.ID {
		seeOther(c, "/login?done=signed-out")
	} else {
		seeOther(c, c.Request.URL.Path+"?done="+act)
	}
	return nil
}

// do does an act. The admin proves the password first, by an act of its own.
func (h adminAccount) do(c *gin.Context, act string, f *form) error {
	if act == "prove" {
		return h.prove(c, f)
	}
	if err := requireFresh(c); err != nil {
		return err
	}
	switch act {
	case "role":
		return h.acts.setRole(c, f)
	case "disable":
		return h.acts.setActive(c, false)
	case "enable":
		return h.acts.setActive(c, true)
	case "send-reset":
		return h.acts.sendReset(c)
	case "unlock":
		return h.acts.unlock(c)
	case "end-sessions":
		return h.acts.endSessionsOf(c)
	}
	return malformed("it names no act")
}

func (h adminAccount) page(c *gin.Context, is adminDetail) adminAccountPage {
	r := of(c)
	p := adminAccountPage{adminDetail: is, Own: is.ID == r.caller.User.ID, Fresh: r.caller.Session.Fresh(r.now)}
	p.Confirmed, _ = h.views.Text("admin_user.address." + is.Verification)
	for _, s := range is.Sessions {
		p.Devices = append(p.Devices, adminAccountDevice{s, h.device(s.UserAgent), s.Kind == session.Token})
	}
	return p
}

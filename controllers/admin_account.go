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
	h.showAgain(c, "admin_user", f, []string{"role"}, func(answered) any { return h.page(c, is) })
	act := f.text("act")
	if act == "prove" {
		if err := h.prove(c, f); err != nil {
			return err
		}
		h.done(c, "proved")
		return nil
	}
	if err := requireFresh(c); err != nil {
		return err
	}
	return h.change(c, f, act)
}

func (h adminAccount) change(c *gin.Context, f *form, act string) error {
	own := of(c).caller.User
	var err error
	switch act {
	case "role":
		if err = h.acts.setRole(c, f); err == nil {
			h.done(c, "role")
		}
	case "disable":
		if err = h.acts.setActive(c, false); err == nil {
			h.done(c, "disable")
		}
	case "enable":
		if err = h.acts.setActive(c, true); err == nil {
			h.done(c, "enable")
		}
	case "send-reset":
		if err = h.acts.sendReset(c); err == nil {
			h.done(c, "send-reset")
		}
	case "unlock":
		if err = h.acts.unlock(c); err == nil {
			h.done(c, "unlock")
		}
	case "end-sessions":
		if err = h.acts.endSessionsOf(c); err == nil {
			if id, _ := idOf(c); id == own.ID {
				seeOther(c, "/login?done=signed-out")
				return nil
			}
			h.done(c, "end-sessions")
		}
	default:
		return malformed("it names no act")
	}
	return err
}

// done sends the browser back to the page, which tells what was done.
func (adminAccount) done(c *gin.Context, what string) {
	seeOther(c, c.Request.URL.Path+"?done="+what)
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

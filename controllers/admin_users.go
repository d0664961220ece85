package controllers

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"gatehouse/views"
)

// adminUsers is the page on which admins find users.
type adminUsers struct{ *pages }

type adminUsersPage struct {
	Search string
	Users  []adminUser
	Older  string // where the next page is, "" on the last
}

// Show answers GET /admin/users.
func (h adminUsers) Show(c *gin.Context) error {
	list, err := h.acts.adminUsers(c)
	if err != nil {
		return err
	}
	p := adminUsersPage{Search: c.Query("search"), Users: list.Users}
	if list.Next != 0 {
		p.Older = "/admin/users?" + url.Values{"search": {p.Search}, "before": {strconv.FormatInt(list.Next, 10)}}.Encode()
	}
	return h.show(c, http.StatusOK, "admin_users", views.Page{Data: p})
}

package adoption

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/db/dbtest"
	"gatehouse/models/password"
	"gatehouse/models/secret"
	"gatehouse/models/user"
)

func (o *table) look(plan Plan) Survey {
	o.t.Helper()
	s, err := Look(context.Background(), o.conn, everyColumn, o.marks, plan, 5)
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

func TestTheSurveyCountsWhoCanSignInAndWhoCannot(t *testing.T) {
	dear := strings.Replace(aBcrypt, "$04$", "$06$", 1)
	eachTable(t, func(t *testing.T, o *table) {
		o.holdBytes()
		for i, text := range []string{
			"correct horse", "battery staple", "  ", "", "", "no UTF-8 \xff",
			md5Of("x"), md5Of("y"), strings.Repeat("0a", 20), "{SSHA}" + strings.Repeat("A", 32),
			aBcrypt, strings.Replace(aBcrypt, "$04$", "$05$", 1), dear, "{BLF-CRYPT}" + aBcrypt, "$5$salt$" + strings.Repeat(".", 43),
		} {
			o.add(fmt.Sprintf("u%d@example.com", i), text)
		}
		o.exec("UPDATE users SET state = 0 WHERE id = 1")
		o.exec("UPDATE users SET state = 2 WHERE id = 2")
		o.exec("UPDATE users SET email = 'no address' WHERE id = 3")
		want := Survey{
			Users: 15, Disabled: 2, InvalidEmail: 1, Ready: 4, Waiting: 4, Undecided: 3, UndecidedIDs: []string{"7", "8", "9"}, Dearer: 1,
			Unusable: 2, UnusableIDs: []string{"6", "10"}, Empty: 2, EmptyIDs: []string{"4", "5"},
			Looks: map[string]int{
				"plain text": 4, "empty": 2, "MD5 or SHA in hex": 3, "unknown or damaged hash": 1, "bcrypt": 3, "other known hash": 2,
			},
		}
		o.wantSurvey(Plan{}, want)
		want.Waiting, want.Undecided, want.UndecidedIDs = 6, 1, []string{"9"}
		o.wantSurvey(Plan{Weak: password.MD5}, want)
		want.Waiting, want.Undecided, want.UndecidedIDs = 7, 0, nil
		o.wantSurvey(Plan{Plain: true}, want)

		o.adopt(Plan{})
		want.State = user.Open
		want.Waiting, want.Undecided, want.UndecidedIDs, want.Adopted = 0, 3, []string{"7", "8", "9"}, 4
		o.wantSurvey(Plan{}, want)
		// What adopt made counts no longer where the text has changed, nor to one who cannot check it.
		o.set(2, "Battery staple")
		o.exec("UPDATE users SET gh_hash = NULL WHERE id = 3")
		want.Waiting, want.Adopted = 2, 2
		o.wantSurvey(Plan{}, want)
		o.marks = secret.Marks{}
		want.Waiting, want.Adopted = 4, 0
		o.wantSurvey(Plan{}, want)
	})
}

func (o *table) wantSurvey(plan Plan, want Survey) {
	o.t.Helper()
	if got := o.look(plan); !reflect.DeepEqual(got, want) {
		o.t.Errorf("survey with %+v =\n%+v, want\n%+v", plan, got, want)
	}
}

func TestTheSurveyNamesSharedAddressesAndAdminsOfOthers(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		for i := range 12 {
			for _, email := range []string{"s%02d@example.com", " S%02d@EXAMPLE.com"} {
				o.add(fmt.Sprintf(email, i), aBcrypt)
			}
			id := o.add(fmt.Sprintf("admin%02d@example.com", i), aBcrypt)
			o.exec("UPDATE users SET role = 'admin' WHERE id = ?", id)
		}
		o.add("S00@example.com", aBcrypt)
		ours := o.add("ours@example.com", aBcrypt)
		o.exec("UPDATE users SET role = 'admin', gh_admin = 1 WHERE id = ?", ours)
		for _, role := range []string{"Admin", "ADMIN", "admin ", "administrator", "root", ""} {
			id := o.add("a"+fmt.Sprint(len(role), role == "ADMIN")+strings.Trim(role, " ")+"@example.com", aBcrypt)
			o.exec("UPDATE users SET role = ? WHERE id = ?", role, id)
		}
		s := o.look(Plan{})
		if s.SharedEmails != 12 || s.SharedHolders != 25 || len(s.SharedEmail) != examples || s.SharedEmail[0] != "s00@example.com" || !slices.IsSorted(s.SharedEmail) {
			t.Errorf("%d rows share %d addresses, such as %v, want 25, 12, and the first %d", s.SharedHolders, s.SharedEmails, s.SharedEmail, examples)
		}
		if s.AdminCount != 12 || len(s.Admins) != examples || s.Admins[0].Email != "admin00@example.com" || s.Admins[0].ID != 3 {
			t.Errorf("%d admins, such as %v, want 12, and the first %d", s.AdminCount, s.Admins, examples)
		}
	})
}

func TestATableWithoutOurColumnsIsSurveyed(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(string(engine), func(t *testing.T) {
			o := newTable(t, dbtest.OpenURL(t, dbtest.EmptyURL(t, engine)))
			o.exec("CREATE TABLE users (id BIGINT PRIMARY KEY, email VARCHAR(100), password VARCHAR(100))")
			o.exec("INSERT INTO users VALUES (1, 'ann@example.com', 'correct horse'), (2, NULL, NULL), (-3, 'ben@example.com', '" + aBcrypt + "')")
			columns := []string{"id", "email", "password"}
			has := func(column string) bool { return slices.Contains(columns, column) }
			want := func(want Survey) {
				t.Helper()
				s, err := Look(t.Context(), o.conn, has, o.marks, Plan{}, 5)
				if err != nil {
					t.Fatal(err)
				}
				if s.Users != 3 || s.Waiting != 1 || s.Ready != 1 || s.Empty != 1 || s.InvalidEmail != 1 || s.Disabled != want.Disabled || s.AdminCount != want.AdminCount {
					t.Errorf("survey = %+v, want %d disabled and %d admins", s, want.Disabled, want.AdminCount)
				}
			}
			want(Survey{}) // without states all are taken for active
			o.exec("ALTER TABLE users ADD COLUMN role VARCHAR(20)")
			o.exec("ALTER TABLE users ADD COLUMN state VARCHAR(20)")
			o.exec("UPDATE users SET role = 'admin', state = 'on'")
			columns = append(columns, "role", "state")
			want(Survey{Disabled: 3, AdminCount: 3})
		})
	}
}

func TestAllPagesAreSurveyed(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		o.many(2001)
		if s := o.look(Plan{}); s.Users != 2001 || s.Waiting != 2001 {
			t.Errorf("%d users, %d waiting, want 2001", s.Users, s.Waiting)
		}
	})
}

func TestTheFirstFewRowsOfAKindAreNamed(t *testing.T) {
	eachTable(t, func(t *testing.T, o *table) {
		for i := range examples + 2 {
			o.add(fmt.Sprintf("undecided%02d@example.com", i), strings.Repeat("0a", 16))
			o.add(fmt.Sprintf("unusable%02d@example.com", i), "{SSHA}"+strings.Repeat("Az", 16))
			o.add(fmt.Sprintf("empty%02d@example.com", i), "")
		}
		s := o.look(Plan{})
		for i, kind := range []struct {
			count int
			ids   []string
		}{{s.Undecided, s.UndecidedIDs}, {s.Unusable, s.UnusableIDs}, {s.Empty, s.EmptyIDs}} {
			var want []string
			for n := range examples {
				want = append(want, strconv.Itoa(3*n+i+1))
			}
			if kind.count != examples+2 || !slices.Equal(kind.ids, want) {
				t.Errorf("%d rows such as %v, want %d and %v", kind.count, kind.ids, examples+2, want)
			}
		}
	})
}

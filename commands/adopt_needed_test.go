package commands_test

import "testing"

const nothingToAdopt = "There is nothing that could be adopted now, so no adoption was opened. For what the old program may still add use --watch, or run this again."

func (o *oldTable) wantOpen(want int) {
	o.t.Helper()
	if n := count(o.t, o.databaseURL, "SELECT COUNT(*) FROM gatehouse_meta WHERE name = 'adoption'"); n != want {
		o.t.Errorf("%d adoptions are open, want %d", n, want)
	}
}

func TestWhereThereIsNothingToAdoptNoAdoptionIsOpened(t *testing.T) {
	eachAdopted(t, func(t *testing.T, o *oldTable) {
		run(t, o.office.env, "adopt", "--finish", "--yes").want(0)
		for _, args := range [][]string{nil, {"--format", "plain"}, {"--admins", "all"}} {
			o.says(0, nothingToAdopt, args...)
		}
		run(t, o.office.env, "adopt", "--json").want(0, `"done":{"hashed":0,`, `"state":""`)
		o.wantOpen(0)
		if n := count(t, o.databaseURL, "SELECT COUNT(*) FROM gatehouse_events WHERE kind = 'adoption_opened'"); n != 1 {
			t.Errorf("%d adoptions were opened, want the first one alone", n)
		}

		o.add("eve@example.com", "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a")
		o.exec("UPDATE users SET gh_email_key = 'eve@example.com' WHERE email = 'eve@example.com'")
		o.exec("UPDATE users SET role = 'admin' WHERE id = 1")
		o.says(0, undecidedIDs("3")+"Users whose role is admin: 1; made admins of Gatehouse: 1. More: 'gatehouse users role ID admin', or --admins.\n"+nothingToAdopt, "--admins", "all")
		o.wantOpen(0)
		o.says(0, "       1  old hash wrapped in bcrypt\n{adopted}", "--format", "md5")
		o.wantOpen(1)
	})
}

func undecidedIDs(ids string) string {
	return "       1  undecided: they could be hashes or plain text. Say which with --format; until then they cannot sign in: ids " + ids + "\n"
}

// A sign-in without an adoption would put a hash there that the old program may not read.
func TestAnAdoptionIsOpenedForHashesThatASignInWouldReplace(t *testing.T) {
	for name, stored := range map[string]string{
		"cheap bcrypt": "$2y$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"SHA-crypt":    "$5$saltsalt$0123456789012345678901234567890123456789012",
	} {
		t.Run(name, func(t *testing.T) {
			eachOldTable(t, func(t *testing.T, o *oldTable) {
				run(t, o.office.env, "migrate", "up").want(0)
				o.exec("INSERT INTO users (email, password, role, state, gh_email_key) VALUES ('ann@example.com', ?, 'user', 1, 'ann@example.com')", stored)
				o.checked(run(t, o.with("GATEHOUSE_BCRYPT_COST=5"), "adopt"), 0, "There was nothing to hash.\n{adopted}")
				o.wantOpen(1)
			})
		})
	}
}

// Rows may come.
func TestWatchOpensAnAdoptionOnATableWithNothingToAdopt(t *testing.T) {
	eachOldTable(t, func(t *testing.T, o *oldTable) {
		run(t, o.office.env, "migrate", "up").want(0)
		o.says(0, nothingToAdopt)
		r := begin(t, o.office.env, "adopt", "--watch", "--every", "10ms")
		r.until(o.databaseURL, 1, "SELECT COUNT(*) FROM gatehouse_meta WHERE name = 'adoption'")
		o.add("ann@example.com", "anns old password")
		r.says("adopted 1")
		r.interrupt()
		r.outcome().want(0)
		o.wantOpen(1)
	})
}

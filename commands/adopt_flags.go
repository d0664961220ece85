package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/db"
	"gatehouse/migrations"
	"gatehouse/models/adoption"
	"gatehouse/models/password"
)

// Validate is called by kong before anything is read.
func (k *adoptCommand) Validate() error {
	if err := cmp.Or(
		oneOf("--format", k.Format, "md5", "sha1", "sha256", "sha512", "plain"),
		oneOf("--salt-place", k.SaltPlace, "before", "after"),
		oneOf("--admins", k.Admins, "ask", "all", "none"),
	); err != nil {
		return err
	}
	switch {
	case k.SaltColumn != "" && (k.Format == "" || k.Format == "plain"):
		return errors.New("--salt-column goes with --format md5, sha1, sha256 or sha512")
	case k.SaltPlace != "" && k.SaltColumn == "":
		return errors.New("--salt-place goes with --salt-column")
	case k.Undo && k.Format != "":
		return errors.New("--undo forgets all hashes, whatever they were made of: --format does not go with it")
	case k.Admins != "" && (k.Watch || k.Finish || k.Undo):
		return errors.New("--admins does not go with --watch, --finish or --undo; run adopt without them")
	case (k.Yes || k.LeaveUndecided) && !k.Finish:
		return errors.New("--yes and --leave-undecided go with --finish")
	case k.Every <= 0:
		return errors.New("--every must be more than nothing")
	}
	return nil
}

// oneOf says what a flag may be, if it is something else. Kong's own words would name the empty text too.
func oneOf(flag, value string, allowed ...string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	last := len(allowed) - 1
	return fmt.Errorf("%s must be %s or %s, not %q", flag, strings.Join(allowed[:last], ", "), allowed[last], value)
}

// plan is what the flags decide; the column of the salts must be there.
func (k *adoptCommand) plan(ctx context.Context, conn *db.DB) (adoption.Plan, error) {
	plan := adoption.Plan{SaltColumn: k.SaltColumn, SaltAfter: k.SaltPlace == "after", Plain: k.Format == "plain"}
	if !plan.Plain {
		plan.Weak = password.Weak(k.Format)
	}
	if k.SaltColumn == "" {
		return plan, nil
	}
	report, err := migrations.Preflight(ctx, conn)
	if err == nil && !report.Has(k.SaltColumn) {
		err = fmt.Errorf("users has no column %s", printable(k.SaltColumn))
	}
	return plan, err
}

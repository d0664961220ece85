package adoption

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/db"
	"gatehouse/db/dbtest"
	"gatehouse/models/account"
	"gatehouse/models/password"
	"gatehouse/models/secret"
	"gatehouse/models/session"
	"gatehouse/models/user"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	firstSecret = []byte("the first secret, of thirty-two bytes or more")
	olderSecret = []byte("an older secret, of thirty-two bytes or more")
)

// table is a users table that an older program made and goes on using.
type table struct {
	t      *testing.T
	conn   dbtest.Conn
	hasher *hasher
	marks  secret.Marks
}

func eachTable(t *testing.T, test func(t *testing.T, o *table)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, conn dbtest.Conn) { test(t, newTable(t, conn)) })
}

func newTable(t *testing.T, conn dbtest.Conn) *table {
	t.Helper()
	pool := password.NewPool(password.Options{Cost: 4, Workers: 4, MaxWait: time.Minute})
	pool.Start()
	t.Cleanup(func() { _ = pool.Close(context.Background()) })
	return &table{t, conn, &hasher{Pool: pool}, marksOf(t, firstSecret)}
}

func marksOf(t *testing.T, secrets ...[]byte) secret.Marks {
	t.Helper()
	m, err := secret.NewMarks(account.AdoptedPasswords, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// hasher passes on to the real pool, counts, and lets a test act while a text is being hashed.
type hasher struct {
	*password.Pool
	mu     sync.Mutex
	made   int
	hurry  bool // only samples of the many texts get a real hash
	during func(text string) error
}

func (h *hasher) Hash(ctx context.Context, plain string) (string, error) {
	if err := h.note(plain); err != nil {
		return "", err
	}
	var i int
	if n, _ := fmt.Sscanf(plain, textOfMany, &i); n == 1 && h.hurry && !sampled(i) {
		return aBcrypt, nil
	}
	return h.Pool.Hash(ctx, plain)
}

// textOfMany is what the user with this number has, and sampled tells whose hash is real in any case.
const textOfMany = "password %d"

func sampled(i int) bool { return i%50 == 0 || i%50 == 5 || i%50 == 49 }

func (h *hasher) Wrap(ctx context.Context, hex string, s password.Scheme) (string, error) {
	if err := h.note(hex); err != nil {
		return "", err
	}
	return h.Pool.Wrap(ctx, hex, s)
}

func (h *hasher) note(text string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.made++
	if h.during == nil {
		return nil
	}
	return h.during(text)
}

// hashes returns how many were made since it was last asked.
func (h *hasher) hashes() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.made
	h.made = 0
	return n
}

func (o *table) adopter(plan Plan) *Adopter {
	return New(o.conn.DB, o.hasher, 2, o.marks, plan, anySecret)
}

// beginAndAdopt is the first run.
func (a *Adopter) beginAndAdopt(ctx context.Context, step func(int)) (Outcome, error) {
	if err := a.Begin(ctx, time.Now()); err != nil {
		return Outcome{}, err
	}
	return a.Adopt(ctx, step)
}

func nothing(int) {}

// adopt runs an adoption to its end.
func (o *table) adopt(plan Plan) Outcome {
	o.t.Helper()
	done, err := o.adopter(plan).beginAndAdopt(context.Background(), nothing)
	if err != nil {
		o.t.Fatal(err)
	}
	return done
}

func (o *table) exec(query string, args ...any) {
	o.t.Helper()
	if _, err := o.conn.Exec(context.Background(), query, args...); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
}

// add inserts a row as the older program does, and returns its id.
func (o *table) add(email, text string) int64 {
	o.t.Helper()
	done, err := o.conn.Exec(context.Background(), "INSERT INTO users (email, password, role, state) VALUES (?, ?, ?, ?)", email, text, "user", 1)
	if err != nil {
		o.t.Fatal(err)
	}
	return done.LastID
}

// set writes a password as the older program does.
func (o *table) set(id int64, text string) {
	o.t.Helper()
	o.exec("UPDATE users SET password = ? WHERE id = ?", text, id)
}

func (o *table) find(id int64) user.Stored {
	o.t.Helper()
	u, err := user.In(o.conn).Find(context.Background(), id)
	if err != nil {
		o.t.Fatalf("user %d: %v", id, err)
	}
	return u
}

// rows are all users, with what stands in their passwords.
func (o *table) rows() (all []user.Stored) {
	o.t.Helper()
	err := user.In(o.conn).ListStored(context.Background(), func(u user.Stored) error {
		all = append(all, u)
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

func (o *table) state() user.Adoption {
	o.t.Helper()
	state, err := user.In(o.conn).Adoption(context.Background())
	if err != nil {
		o.t.Fatal(err)
	}
	return state
}

// lets tells whether Gatehouse signs somebody in with exactly this password.
func (o *table) lets(email, plain string) bool {
	o.t.Helper()
	rules := account.Rules{Limits: account.NoLimits(), Sessions: session.Limits{
		Idle: time.Hour, Lifetime: time.Hour, RememberIdle: time.Hour, RememberLifetime: time.Hour, PerUser: 10,
	}}
	a := account.New(o.conn.DB, o.hasher.Pool, nil, o.marks, rules)
	_, err := a.SignIn(context.Background(), account.Credentials{Email: email, Password: plain}, account.Visitor{}, time.Now())
	if err != nil && !errors.Is(err, account.ErrBadCredentials) {
		o.t.Fatalf("sign-in of %s: %v", email, err)
	}
	return err == nil
}

func (o *table) wantLets(want bool, email, plain string) {
	o.t.Helper()
	if got := o.lets(email, plain); got != want {
		o.t.Errorf("%s is signed in with %q: %v, want %v", email, plain, got, want)
	}
}

// wantUnmade checks that nothing of ours stands beside a password.
func (o *table) wantUnmade(id int64) {
	o.t.Helper()
	if u := o.find(id); u.OwnHash != "" || u.OwnMark != nil {
		o.t.Errorf("user %d has the own hash %q, marked %x, want neither", id, u.OwnHash, u.OwnMark)
	}
}

func (o *table) wantState(want user.Adoption) {
	o.t.Helper()
	if got := o.state(); got != want {
		o.t.Errorf("the adoption is %q, want %q", got, want)
	}
}

func wantOutcome(t *testing.T, got, want Outcome) {
	t.Helper()
	if got != want {
		t.Errorf("outcome = %+v, want %+v", got, want)
	}
}

// others are texts that the database takes for "correct horse", at least with the collation that our tables have on MySQL.
var others = []string{"Correct horse", "CORRECT HORSE", "correct horse ", "corréct horse", "correct hors\u00e9", "battery staple"}

// count returns the result of a SELECT COUNT(*) query.
func (o *table) count(query string, args ...any) (n int) {
	o.t.Helper()
	if err := o.conn.QueryRow(context.Background(), func(r db.Row) error { return r.Scan(&n) }, query, args...); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	return n
}

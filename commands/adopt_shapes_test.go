package commands_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/db"
	"gatehouse/db/dbtest"
)

// shape is a users table as some program left it, what the commands say of it, and who signs in afterwards. In its texts a
// line that begins with mysql: or sqlite: is for that engine alone, and a word in braces stands for one of the pieces.
type shape struct {
	name       string
	on         []db.Engine // where such tables are met
	old        string      // the statements of the old program, which ran them without strictness
	transcript string      // the operator's commands, and all that they print
	in         []login     // who signs in at Gatehouse afterwards
	out        []refusal   // who does not
	signUp     int         // what newcomers get, unless 201
	column     string      // of the passwords in the old table, unless password
	stuck      bool        // --finish stops, and nothing is lost
}

type login struct{ email, password string }

// refusal is a sign-in that the old program let in, or that a thief of the table would try.
type refusal struct{ email, password, why string }

var (
	everywhere = []db.Engine{db.MySQL, db.SQLite}
	onMySQL    = []db.Engine{db.MySQL}
	onSQLite   = []db.Engine{db.SQLite}
)

// The lines of a transcript that are no output.
const (
	commandPrompt = "$ gatehouse "
	sqlPrompt     = "sql> "
	runPrinted    = "(run the statements above)" // as they were printed
)

// pieces keep the tables and transcripts short.
func pieces(engine db.Engine) *strings.Replacer {
	id := "id INT NOT NULL AUTO_INCREMENT PRIMARY KEY"
	if engine == db.SQLite {
		id = "id INTEGER PRIMARY KEY AUTOINCREMENT"
	}
	return strings.NewReplacer("{id}", id,
		"{profile}", "gender VARCHAR(10), lastLogin DATETIME, name VARCHAR(50), role VARCHAR(20), state INT DEFAULT 1",
		"{adopted}", "Who has a hash now can sign in at the old program and at Gatehouse. For what the old one adds or changes run this again, or with --watch;\n"+
			"then --finish, or --undo to go back.")
}

// of is a text as it holds for an engine.
func of(engine db.Engine, text string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		name, rest, marked := strings.Cut(line, ":")
		switch {
		case !marked || name != string(db.MySQL) && name != string(db.SQLite):
			lines = append(lines, line)
		case name == string(engine):
			lines = append(lines, strings.TrimPrefix(rest, " "))
		}
	}
	return pieces(engine).Replace(strings.Join(lines, "\n"))
}

// TestTablesOfTheWorld has an operator move in with tables as they are found, from the first look to the last step.
func TestTablesOfTheWorld(t *testing.T) {
	for _, s := range slices.Concat(columnShapes, valueShapes, emailShapes, hashShapes, frameworkShapes, idShapes, typeShapes, engineShapes) {
		for _, engine := range s.on {
			if !slices.Contains(dbtest.Engines(), engine) {
				continue
			}
			t.Run(s.name+"/"+string(engine), func(t *testing.T) {
				t.Parallel()
				s.moveIn(t, engine)
			})
		}
	}
}

func (s shape) moveIn(t *testing.T, engine db.Engine) {
	databaseURL := dbtest.EmptyURL(t, engine)
	program := sqlClient(t, databaseURL, "")
	for statement := range strings.SplitSeq(strings.TrimSuffix(of(engine, s.old), ";"), ";\n") {
		program(statement)
	}
	column := "password"
	if s.column != "" {
		column = s.column
	}
	found := textsOf(t, databaseURL, column)

	env := newSite(t, databaseURL).with("GATEHOUSE_LOG_LEVEL=warn")
	want := of(engine, s.transcript)
	if got := play(t, databaseURL, env, want); got != want {
		t.Fatalf("the operator sees\n%s\nwant\n%s", got, want)
	}

	address, stop := serve(t, env)
	defer stop()
	o := office{t: t, env: env, address: address, databaseURL: databaseURL}
	s.wantSignIns(o)
	if left := textsOf(t, databaseURL, "password"); !slices.Equal(left, found) {
		t.Errorf("the passwords changed from %q to %q before --finish", found, left)
	}
	finish := run(t, env, "adopt", "--finish", "--yes", "--leave-undecided")
	if s.stuck {
		finish.want(1)
		s.wantNothingLost(o, found)
		return
	}
	finish.want(0)
	s.wantSignIns(o)
	left := textsOf(t, databaseURL, "password")
	for _, u := range s.in {
		if slices.Contains(left, u.password) {
			t.Errorf("the password of %s is plain text after --finish", u.email)
		}
	}
	s.wantSignUp(o)
}

// wantNothingLost looks whether a --finish that stopped has left everything as it was, and the way back open.
func (s shape) wantNothingLost(o office, found []string) {
	o.t.Helper()
	s.wantSignIns(o)
	if left := textsOf(o.t, o.databaseURL, "password"); !slices.Equal(left, found) {
		o.t.Errorf("the passwords changed from %q to %q, and --finish had stopped", found, left)
	}
	run(o.t, o.env, "adopt", "--undo").want(0)
}

func (s shape) wantSignIns(o office) {
	o.t.Helper()
	for _, u := range s.in {
		wantStatus(o.t, u.email+" signed in", o.visitor(u.email, u.password)(), http.StatusOK)
	}
	for _, u := range s.out {
		if _, got := o.login(u.email, u.password); got != http.StatusUnauthorized && got != http.StatusUnprocessableEntity {
			o.t.Errorf("sign-in of %s: status = %d, want 401 or 422: %s", u.email, got, u.why)
		}
	}
}

func (s shape) wantSignUp(o office) {
	o.t.Helper()
	want := s.signUp
	if want == 0 {
		want = http.StatusCreated
	}
	res, err := http.PostForm("http://"+o.address+"/api/users/signup", url.Values{"email": {"newcomer@example.com"}, "password": {"correct horse"}})
	if err != nil {
		o.t.Fatal(err)
	}
	_ = res.Body.Close()
	wantStatus(o.t, "sign-up", res.StatusCode, want)
}

// sqlClient returns what runs statements over one connection, with this sql_mode where there is such a thing.
func sqlClient(t *testing.T, databaseURL, mode string) (execute func(statement string)) {
	t.Helper()
	conn := dbtest.OpenURL(t, databaseURL)
	one, err := conn.SQL().Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = one.Close() })
	execute = func(statement string) {
		t.Helper()
		if _, err := one.ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if conn.Engine() == db.MySQL {
		execute("SET SESSION sql_mode = '" + mode + "'")
	}
	return execute
}

// textsOf are the texts of a column of users, in an order that does not depend on ids.
func textsOf(t *testing.T, databaseURL, column string) []string {
	t.Helper()
	conn := dbtest.OpenURL(t, databaseURL)
	defer conn.Close()
	var all []string
	err := conn.Query(context.Background(), func(r db.Row) error {
		var text sql.NullString
		err := r.Scan(&text)
		all = append(all, text.String)
		return err
	}, "SELECT "+column+" FROM users")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// strictest is the sql_mode that an operator's client gets from MySQL 8.
const strictest = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

var aStatement = regexp.MustCompile(`(?m)^  ([A-Z].*;)( -- .*)?$`)

// play does what a transcript tells the operator to do, and returns it with what is really printed.
func play(t *testing.T, databaseURL string, env []string, transcript string) string {
	t.Helper()
	operator := sqlClient(t, databaseURL, strictest)
	var all []string
	printed := ""
	for line := range strings.SplitSeq(transcript, "\n") {
		command, isCommand := strings.CutPrefix(line, commandPrompt)
		statement, isSQL := strings.CutPrefix(line, sqlPrompt)
		switch {
		case isCommand:
			o := run(t, env, strings.Fields(command)...)
			printed = o.stdout + o.stderr
			all = append(all, line, o.shown())
		case isSQL:
			operator(statement)
			all = append(all, line)
		case line == runPrinted:
			for _, statement := range statementsIn(t, printed) {
				operator(statement)
			}
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}

// statementsIn finds what a command told the operator to run.
func statementsIn(t *testing.T, printed string) []string {
	t.Helper()
	var statements []string
	for _, m := range aStatement.FindAllStringSubmatch(printed, -1) {
		statements = append(statements, strings.Split(strings.TrimSuffix(m[1], ";"), "; ")...)
	}
	if statements == nil {
		t.Fatalf("no statement was printed:\n%s", printed)
	}
	return statements
}

var (
	aPlace   = regexp.MustCompile(`mysql://[^\s,]+|/\S+/gatehouse\.db`)
	anInt    = regexp.MustCompile(`int\(\d+\)`) // MySQL no longer tells the width
	aWait    = regexp.MustCompile(`about \w+ here \([\w.µ]+ each, \d+ at once\)`)
	aWarning = regexp.MustCompile(`"level":"WARN","msg":"((?:[^"\\]|\\.)*)"`)
)

// shown is what a command printed and warned of, without what differs from one run to the next. Raw strings hold no
// backtick.
func (o outcome) shown() string {
	text := o.stdout
	for line := range strings.Lines(o.stderr) {
		if m := aWarning.FindStringSubmatch(line); m != nil {
			line = "WARN " + m[1] + "\n"
		}
		text += line
	}
	text = anInt.ReplaceAllString(text, "int")
	text = aWait.ReplaceAllString(aPlace.ReplaceAllString(text, "DATABASE"), "about TIME here (TIME each, N at once)")
	return strings.TrimRight(strings.ReplaceAll(text, "`", "'"), "\n")
}

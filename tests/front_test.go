package tests

import (
	"html"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// front is what docs/in-front-of-an-app.md makes of an empty folder, as it stands there but for the three ports.
type front struct {
	t     *testing.T
	page  string
	dir   string
	env   []string
	url   string
	ports *strings.Replacer
}

func TestTheTutorialForNginxWorksAsWritten(t *testing.T) { tryTutorial(t, "nginx", "## nginx") }
func TestTheTutorialForCaddyWorksAsWritten(t *testing.T) { tryTutorial(t, "caddy", "## Caddy") }

func tryTutorial(t *testing.T, proxy, heading string) {
	t.Parallel()
	needPrograms(t, "GATEHOUSE_TEST_REQUIRE_PROXIES", proxy, "python3", "curl")
	gatehouse, site, app := hold(t), hold(t), hold(t)
	f := &front{t: t, page: example(t, "docs/in-front-of-an-app.md"), dir: t.TempDir(), url: "http://localhost:" + port(site.Addr().String())}
	f.ports = strings.NewReplacer(":3000", ":"+port(gatehouse.Addr().String()), ":8080", ":"+port(site.Addr().String()), "8081", port(app.Addr().String()))
	f.env = []string{
		"PATH=" + filepath.Dir(binary(t)) + ":" + os.Getenv("PATH"), "HOME=" + f.dir, "XDG_DATA_HOME=" + f.dir, "XDG_CONFIG_HOME=" + f.dir,
		"GATEHOUSE_LISTEN=" + gatehouse.Addr().String(), "GATEHOUSE_BCRYPT_COST=4", "GATEHOUSE_HASH_QUEUE=60s", "GATEHOUSE_DB_TIMEOUT=20s",
	}
	f.start("## The app", app)
	f.start("## Gatehouse", gatehouse)
	f.start(heading, site)
	f.transcript()
	f.walk()
}

// hold keeps an address from others until the program that is to have it starts.
func hold(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// start runs the one block under a heading, which ends only with the test.
func (f *front) start(heading string, held net.Listener) {
	f.t.Helper()
	blocks := blocksUnder(f.t, f.page, heading)
	if len(blocks) != 1 {
		f.t.Fatalf("%d blocks under %q, want 1", len(blocks), heading)
	}
	if err := held.Close(); err != nil {
		f.t.Fatal(err)
	}
	startProgram(f.t, held.Addr().String(), f.dir, f.env, "sh", "-ec", f.ports.Replace(blocks[0]))
}

// run has a shell run a command, and returns what it prints.
func (f *front) run(command string) string {
	f.t.Helper()
	out, err := shell(f.t, f.dir, f.env, f.ports.Replace(command))
	if err != nil {
		f.t.Fatalf("%s: %v: %s", command, err, out)
	}
	return out
}

// transcript wants each command to print what the page shows.
func (f *front) transcript() {
	f.t.Helper()
	steps := strings.Split(strings.Join(blocksUnder(f.t, f.page, "## Go through it"), ""), "$ ")[1:]
	if len(steps) != 5 {
		f.t.Errorf("the page shows %d commands, want 5", len(steps))
	}
	for _, step := range steps {
		command, want, _ := strings.Cut(step, "\n")
		if got := f.run(command); got != f.ports.Replace(want) {
			f.t.Errorf("$ %s\nprints %s\nwant   %s", command, got, f.ports.Replace(want))
		}
	}
}

// walk does in a browser what the transcript has done, with the account that it has made. It comes from 127.0.0.2, which is not
// the proxy's address.
func (f *front) walk() {
	f.t.Helper()
	const notes = "/notes?x=1&y=a%20b"
	client := browser(f.t, nil)
	client.Transport.(*http.Transport).DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext
	res, _ := send(f.t, client, "GET", f.url+notes, "", "Accept", "text/html")
	signIn := f.sentOn(res, http.StatusFound, "/login?next="+url.QueryEscape(notes))
	if res, _ = f.fill(client, signIn, "email", "ann@example.com", "password", "wrong horse"); res.StatusCode != http.StatusUnauthorized {
		f.t.Errorf("a wrong password: status = %d, want 401", res.StatusCode)
	}
	res, _ = f.fill(client, signIn, "email", "ann@example.com", "password", "correct horse")
	back := f.sentOn(res, http.StatusSeeOther, notes)
	_, page := send(f.t, client, "GET", back, "", "Accept", "text/html", "Remote-User", "root", "Remote_Groups", "admin")
	if want := "<p>ann@example.com (user) asks for " + html.EscapeString(notes); !strings.HasPrefix(page, want) {
		f.t.Errorf("the app shows %s\nwant %s", page, want)
	}
	if sessions := f.run("gatehouse users sessions ann@example.com"); !strings.Contains(sessions, "127.0.0.2") {
		f.t.Errorf("the visitor's address is not known: %s", sessions)
	}

	admins := func() int {
		res, _ := send(f.t, client, "GET", f.url+"/admin-app", "", "Accept", "text/html")
		return res.StatusCode
	}
	if got := admins(); got != http.StatusForbidden {
		f.t.Errorf("the page for admins: status = %d, want 403", got)
	}
	f.run(strings.Replace(f.told("gatehouse users role you@example.com admin"), "you@", "ann@", 1))
	until(f.t, "the new role counts", func() bool { return admins() == http.StatusOK })

	_, rest, _ := strings.Cut(page, `<a href="`)
	signOut, _, _ := strings.Cut(rest, `"`)
	res, _ = f.fill(client, f.url+signOut)
	f.sentOn(res, http.StatusSeeOther, "/login?done=signed-out")
	res, _ = send(f.t, client, "GET", f.url+notes, "", "Accept", "text/html")
	f.sentOn(res, http.StatusFound, "/login?next="+url.QueryEscape(notes))
}

// told returns a command that the page has in a sentence.
func (f *front) told(command string) string {
	f.t.Helper()
	if !strings.Contains(f.page, "`"+command+"`") {
		f.t.Fatalf("the page does not tell to run %s any more", command)
	}
	return command
}

// sentOn wants a redirect to a path of the site, and returns the whole address.
func (f *front) sentOn(res *http.Response, status int, path string) string {
	f.t.Helper()
	location, err := res.Location()
	if err != nil || res.StatusCode != status || location.String() != f.url+path {
		f.t.Fatalf("status = %d to %v, want %d to %s", res.StatusCode, location, status, f.url+path)
	}
	return location.String()
}

var (
	mainForm    = regexp.MustCompile(`(?s)<main.*?<form method="post" action="([^"]*)"[^>]*>(.*?)</form>`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// fill opens a page and posts its form as a browser does, with values for the fields that people see.
func (f *front) fill(client *http.Client, address string, fields ...string) (*http.Response, string) {
	f.t.Helper()
	res, page := send(f.t, client, "GET", address, "", "Accept", "text/html")
	form := mainForm.FindStringSubmatch(page)
	if res.StatusCode != http.StatusOK || form == nil {
		f.t.Fatalf("%s: status = %d, want a page with a form: %s", address, res.StatusCode, page)
	}
	values := url.Values{}
	for _, field := range hiddenField.FindAllStringSubmatch(form[2], -1) {
		values.Set(field[1], html.UnescapeString(field[2]))
	}
	for i := 0; i < len(fields); i += 2 {
		if !strings.Contains(form[2], `name="`+fields[i]+`"`) {
			f.t.Fatalf("the form of %s has no field %s: %s", address, fields[i], form[2])
		}
		values.Set(fields[i], fields[i+1])
	}
	return send(f.t, client, "POST", f.url+form[1], values.Encode(), "Accept", "text/html",
		"Content-Type", "application/x-www-form-urlencoded", "Origin", f.url, "Sec-Fetch-Site", "same-origin")
}

// What is tried on one machine must not differ from what is then put on a server, but where it is said to.
func TestTheTutorialsFilesAreTheCompleteOnesWithoutHTTPS(t *testing.T) {
	t.Parallel()
	page := example(t, "docs/in-front-of-an-app.md")
	for heading, complete := range map[string]string{
		"## nginx": example(t, "deploy/nginx/gatehouse.conf",
			"server {\n    listen 80;\n    server_name example.org;\n    return 301 https://$host$request_uri;\n}\n", "",
			"listen 443 ssl;", "listen 127.0.0.1:8080;", "server_name example.org;", "server_name localhost;",
			"ssl_certificate /etc/ssl/certs/example.org.pem;", "", "ssl_certificate_key /etc/ssl/private/example.org.key;", "", "127.0.0.1:8080", "127.0.0.1:8081"),
		"## Caddy": example(t, "deploy/caddy/Caddyfile",
			"(guarded) {", "{\nadmin off\n}\n(guarded) {", "example.org {", "http://localhost:8080 {\nbind 127.0.0.1", "127.0.0.1:8080", "127.0.0.1:8081"),
	} {
		_, file, _ := strings.Cut(blocksUnder(t, page, heading)[0], "<<'END'\n")
		file, _, _ = strings.Cut(file, "\nEND\n")
		if got, want := directives(file), directives(complete); !slices.Equal(got, want) {
			t.Errorf("the file under %q is\n%s\nwant\n%s", heading, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// directives are the lines of a configuration, without comments and indentation.
func directives(file string) []string {
	var lines []string
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

package tests

import (
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
)

// TestStopFinishesWhatIsInFlight stops a server while it reads a sign-in. Nobody new is let in, the sign-in is answered,
// the server ends well, and the next one finds everything.
func TestStopFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name  string
		start func(t *testing.T, env []string) *server
	}{
		{"context", func(t *testing.T, env []string) *server { return inside(t, env) }},
		{"SIGTERM", func(t *testing.T, env []string) *server { return process(t, t.TempDir(), env) }},
	} {
		t.Run(way.name, func(t *testing.T) {
			each(t, func(t *testing.T, databaseURL string) {
				env := settings(t, databaseURL, "GATEHOUSE_BCRYPT_COST=10")
				s := way.start(t, env)
				s.member("ann@example.com")
				body := heldBack{strings.NewReader(credentials("ann@example.com", password)), make(chan struct{})}
				reading := make(chan struct{})
				req, err := http.NewRequest(http.MethodPost, s.url+"/api/users/login", body)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("Expect", "100-continue") // which the server answers when it reads the body
				req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(reading) }}))
				p := s.person()
				p.http.Transport.(*http.Transport).ExpectContinueTimeout = p.http.Timeout
				var r reply
				answered := make(chan error)
				go func() {
					var err error
					r, err = p.do(req)
					answered <- err
				}()
				<-reading
				s.end(false)
				until(t, "nobody new is let in", func() bool {
					c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
					if err == nil {
						_ = c.Close()
					}
					return err != nil
				})
				close(body.letGo)

				if err := <-answered; err != nil {
					t.Fatalf("the sign-in in flight: %v", err)
				}
				r.want(http.StatusOK)
				s.wantEnd(0)

				again := way.start(t, env)
				again.holder(r.newCookie()).me().want(http.StatusOK)
				again.person().login("ann@example.com").want(http.StatusOK)
				again.stop()
			})
		})
	}
}

// heldBack is a body that comes when it is let go.
type heldBack struct {
	io.Reader
	letGo chan struct{}
}

func (h heldBack) Read(b []byte) (int, error) {
	<-h.letGo
	return h.Reader.Read(b)
}

func TestALoadBalancerSeesThatTheServerStops(t *testing.T) {
	each(t, func(t *testing.T, databaseURL string) {
		s := process(t, t.TempDir(), settings(t, databaseURL, "GATEHOUSE_SHUTDOWN_DELAY=3s"))
		ann := s.member("ann@example.com")
		ann.get("/readyz").want(http.StatusOK)
		s.end(false)
		until(t, "/readyz is 503", func() bool { return ann.get("/readyz").status == http.StatusServiceUnavailable })
		ann.me().want(http.StatusOK)
		s.wantEnd(0)
	})
}

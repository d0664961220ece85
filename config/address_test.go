package config

import (
	"net"
	"slices"
	"strings"
	"testing"
)

func TestBaseURL(t *testing.T) {
	tests := []struct{ given, listen, want string }{
		{"", "127.0.0.1:3000", "http://localhost:3000"},
		{"", "[::1]:3000", "http://localhost:3000"},
		{"", "0.0.0.0:8080", "http://localhost:8080"},
		{"", "[::]:8080", "http://localhost:8080"},
		{"", ":8080", "http://localhost:8080"},
		{"", "localhost:80", "http://localhost"},
		{"", "192.0.2.7:3000", "http://192.0.2.7:3000"},
		{"", "[2001:db8::1]:3000", "http://[2001:db8::1]:3000"},
		{"", "Auth.example:3000,127.0.0.1:1", "http://auth.example:3000"},
		{"https://auth.example.com", "", "https://auth.example.com"},
		{" HTTPS://Auth.Example.com:443/ ", "", "https://auth.example.com"},
		{"http://example.com:080/", "", "http://example.com"},
		{"http://[0:0::1]:3000", "", "http://[::1]:3000"},
		{"http://[::1]", "", "http://[::1]"},
		{"https://xn--bcher-kva.example", "", "https://xn--bcher-kva.example"},
		{"https://bücher.example", "", ""},
		{"auth.example.com", "", ""},
		{"//auth.example.com", "", ""},
		{"ftp://auth.example.com", "", ""},
		{"https://", "", ""},
		{"https://auth.example.com/app", "", ""},
		{"https://auth.example.com?", "", ""},
		{"https://auth.example.com/#", "", ""},
		{"https://user:hush@auth.example.com", "", ""},
		{"https://auth.example.com:0", "", ""},
		{"https://auth.example.com:70000", "", ""},
		{"https://auth..example.com", "", ""},
		{"https://256.1.1.1", "", ""},
		{"https://[fe80::1%25eth0]", "", ""},
		{"https://a b", "", ""},
	}
	for _, tt := range tests {
		cfg, err := Settings{BaseURL: tt.given, Listen: tt.listen}.Check(nil)
		if tt.want == "" {
			if err == nil || !strings.HasPrefix(err.Error(), "base-url: ") || strings.Contains(err.Error(), "hush") {
				t.Errorf("base-url %q: error = %v, want one about base-url", tt.given, err)
			}
			continue
		}
		if err != nil || cfg.BaseURL.String() != tt.want {
			t.Errorf("base-url %q, listen %q = %v, %v; want %q", tt.given, tt.listen, cfg.BaseURL, err, tt.want)
		}
	}
}

func TestListen(t *testing.T) {
	for _, good := range []string{"127.0.0.1:3000", "[::1]:3000", "[fe80::1%eth0]:3000", ":0", "localhost:1", "a.example:1, 10.0.0.1:65535 ,"} {
		if got := mustCheck(t, Settings{Listen: good}).Listen; !slices.Equal(got, list(good)) {
			t.Errorf("listen %q = %q", good, got)
		}
	}
	for _, bad := range []string{"3000", "127.0.0.1", "::1:3000", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:", "1.2.3:80", "a_b c:80", "http://localhost:3000"} {
		if names, _ := problems(t, Settings{Listen: bad}); !slices.Equal(names, []string{"listen"}) {
			t.Errorf("listen %q: mistakes in %q, want listen", bad, names)
		}
	}
}

func TestMetricsListen(t *testing.T) {
	for _, given := range []string{"", " ", "127.0.0.1:9100", "127.0.0.1:0", " [::1]:9100 "} {
		if got := mustCheck(t, Settings{MetricsListen: given, Listen: "127.0.0.1:0"}).MetricsListen; got != strings.TrimSpace(given) {
			t.Errorf("metrics-listen %q = %q", given, got)
		}
	}
	for _, bad := range []string{"9100", "127.0.0.1:9100,127.0.0.1:9101", "a_b c:80", "127.0.0.1:70000", "127.0.0.1:3000"} {
		if names, _ := problems(t, Settings{MetricsListen: bad}); !slices.Equal(names, []string{"metrics-listen"}) {
			t.Errorf("metrics-listen %q: mistakes in %q, want metrics-listen", bad, names)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	got := mustCheck(t, Settings{TrustedProxies: "192.0.2.7, 10.1.2.3/8,::1,fc00::/7,::ffff:192.0.2.9,"}).TrustedProxies
	if want := []string{"192.0.2.7/32", "10.0.0.0/8", "::1/128", "fc00::/7", "192.0.2.9/32"}; !slices.Equal(got.Strings(), want) {
		t.Errorf("trusted-proxies = %q, want %q", got.Strings(), want)
	}
	for peer, want := range map[string]bool{
		"192.0.2.7": true, "::ffff:192.0.2.7": true, "192.0.2.8": false, "10.9.9.9": true, "11.0.0.0": false, "::1": true, "::2": false, "fdff::1": true, "": false, "x": false,
	} {
		if got.Trust(peer) != want {
			t.Errorf("trusts %q: %v", peer, !want)
		}
	}
	for _, bad := range []string{"0.0.0.0/0", "::/0", "1.2.3.4/0", "::ffff:0:0/96", "0.0.0.0", "::", "localhost", "10.0.0.0/33", "10.0.0", "fe80::1%eth0", "*"} {
		if names, _ := problems(t, Settings{TrustedProxies: bad}); !slices.Equal(names, []string{"trusted-proxies"}) {
			t.Errorf("trusted-proxies %q: mistakes in %q, want trusted-proxies", bad, names)
		}
	}
}

func FuzzBaseURLRoundTrips(f *testing.F) {
	for _, seed := range []string{"https://a.example/", "http://[::1]:80", "http://a:1?", "http://%41", "http://[fe80::1%25a]", "http:a", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		u, complaint := parseBaseURL(value)
		if complaint != "" {
			return
		}
		again, complaint := parseBaseURL(u.String())
		if complaint != "" || again.String() != u.String() {
			t.Errorf("%q became %q, which became %v (%s)", value, u, again, complaint)
		}
		if u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Hostname() == "" {
			t.Errorf("%q became %q, want scheme and host alone", value, u)
		}
	})
}

func FuzzListenedAddressesMakeABaseURL(f *testing.F) {
	for _, seed := range []string{"127.0.0.1:3000,[::1]:0", ":1", "a:2", "[fe80::1%x]:1", "[::ffff:127.0.0.1]:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		c := &checker{}
		for _, address := range c.listen(value) {
			if _, port, err := net.SplitHostPort(address); err != nil {
				t.Errorf("accepted %q: %v", address, err)
			} else if u := URLOf(address); port != "0" && u.Port() != "0" {
				if again, complaint := parseBaseURL(u.String()); complaint != "" || again.String() != u.String() {
					t.Errorf("%q made %q, which %s", address, u, complaint)
				}
			}
		}
	})
}

func FuzzTrustedProxiesNeverTrustEverybody(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/8,::1", "0.0.0.0/0", "::ffff:0:0/96", "::/0", "1.2.3.4/1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		c := &checker{}
		for _, proxy := range c.trustedProxies(value) {
			if !proxy.IsValid() || proxy.Bits() == 0 {
				t.Errorf("accepted %v", proxy)
			}
		}
	})
}

package commands

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"gatehouse/config"
)

type healthCommand struct{ config.Settings }

const healthTimeout = 5 * time.Second

func (h *healthCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(h.Settings, p.env)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	status, _, err := ask(ctx, cfg.Listen[0], "/readyz")
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("the server is not ready (status %d); its log says why", status)
	}
	p.say("ready")
	return nil
}

// longAnswer is more than any page that is asked for.
const longAnswer = 1 << 20

// ask gets a page of the server that listens on an address of this machine, whatever proxy the environment names.
func ask(ctx context.Context, address, path string) (status int, body string, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, "", err
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1" // not localhost, which an image without a hosts file does not know
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return 0, "", err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, longAnswer))
	return res.StatusCode, string(text), err
}

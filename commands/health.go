package commands

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"gatehouse/config"
)

const healthTimeout = 5 * time.Second

type healthCommand struct{ config.Settings }

func (h *healthCommand) Run(ctx context.Context, p *program) error {
	cfg, err := checked(h.Settings, p.env)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(cfg.Listen[0])
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1" // not localhost, which an image without a hosts file does not know
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready (status %d); its log says why", res.StatusCode)
	}
	_, _ = fmt.Fprintln(p.stdout, "ready")
	return nil
}

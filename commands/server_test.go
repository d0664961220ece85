package commands

import (
	"log/slog"
	"testing"
	"time"
)

func TestAConnectionHasLimits(t *testing.T) {
	s := newServer(nil, slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 10*time.Second || s.WriteTimeout != 30*time.Second || s.IdleTimeout != time.Minute ||
		s.MaxHeaderBytes != 16<<10 || !s.DisableGeneralOptionsHandler {
		t.Errorf("server = %+v", s)
	}
}

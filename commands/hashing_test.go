package commands

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"gatehouse/config"
	"gatehouse/models/password"
)

func TestHashEngineThatFailsItsTestIsNotUsed(t *testing.T) {
	for _, tt := range []struct {
		chosen   string
		selfTest error
		want     password.Engine
		warns    bool
	}{
		{"multi", nil, password.Multi, false},
		{"multi", errors.New("wrong digest"), password.XCrypto, true},
		{"x-crypto", errors.New("not asked"), password.XCrypto, false},
	} {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		got := engine(config.Config{HashEngine: tt.chosen}, func() error { return tt.selfTest }, log)
		if got != tt.want {
			t.Errorf("engine of %s whose test says %v = %s, want %s", tt.chosen, tt.selfTest, got, tt.want)
		}
		if warned := strings.Contains(out.String(), "level=WARN") && strings.Contains(out.String(), "wrong digest"); warned != tt.warns {
			t.Errorf("log for %s whose test says %v = %q", tt.chosen, tt.selfTest, out.String())
		}
	}
}

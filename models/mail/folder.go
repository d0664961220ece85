package mail

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// folder takes mails as files, for development. Their links work, so they are for the server's user alone.
type folder string

// send writes a mail under a temporary name first, so that whoever watches the folder sees whole mails.
func (f folder) send(_ context.Context, m *gomail.Msg, kind Kind, now time.Time) (string, error) {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return "", fmt.Errorf("make folder for mails: %w", err)
	}
	file, err := os.CreateTemp(string(f), ".mail-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("make file for mail: %w", err)
	}
	defer os.Remove(file.Name()) // it has another name by then
	_, err = m.WriteTo(file)
	if err = cmp.Or(err, file.Close()); err != nil {
		return "", fmt.Errorf("write mail: %w", err)
	}
	name := fmt.Sprintf("%s-%s-%s.eml", now.UTC().Format("20060102T150405Z"), kind, strings.ToLower(rand.Text()[:8]))
	path := filepath.Join(string(f), name)
	if err := os.Rename(file.Name(), path); err != nil {
		return "", fmt.Errorf("name mail: %w", err)
	}
	return path, nil
}

package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// longestLine is far more than any password may have.
const longestLine = 64 << 10

var (
	errInterrupted = errors.New("interrupted; nothing was changed")
	errNotTyped    = errors.New("nothing was typed")
)

// newPassword asks a person twice, without showing what is typed; a program writes it as the first line of the standard
// input. It is never an argument, which other users of the machine could see.
func (p *program) newPassword(ctx context.Context, prompt string) (string, error) {
	file, ok := p.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return p.line(ctx)
	}
	first, err := p.hidden(ctx, file, prompt+": ")
	if err != nil {
		return "", err
	}
	second, err := p.hidden(ctx, file, "Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return first, nil
}

// hidden reads what is typed without showing it. A Ctrl-C in between leaves the terminal as it was.
func (p *program) hidden(ctx context.Context, file *os.File, prompt string) (string, error) {
	fd := int(file.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	_, _ = fmt.Fprint(p.stderr, prompt)
	defer func() { _, _ = fmt.Fprintln(p.stderr) }()
	text, err := unlessInterrupted(ctx, func() (string, error) {
		typed, err := term.ReadPassword(fd)
		return string(typed), err
	})
	if errors.Is(err, errInterrupted) {
		return "", errors.Join(err, term.Restore(fd, before))
	}
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return text, nil
}

// confirmed asks for a yes.
func (p *program) confirmed(ctx context.Context, question string) bool {
	_, _ = fmt.Fprint(p.stderr, question+" Type yes: ")
	answer, err := p.line(ctx)
	if !isTerminal(p.stdin) {
		_, _ = fmt.Fprintln(p.stderr) // nobody pressed Enter
	}
	return err == nil && answer == "yes"
}

// line reads one line of the standard input, without its end.
func (p *program) line(ctx context.Context) (string, error) {
	if p.stdin == nil {
		return "", errNotTyped
	}
	line, err := unlessInterrupted(ctx, func() (string, error) {
		return readLine(io.LimitReader(p.stdin, longestLine))
	})
	switch {
	case errors.Is(err, io.EOF) && len(line) == longestLine:
		return "", errors.New("that line is too long")
	case errors.Is(err, io.EOF) && line == "":
		return "", errNotTyped
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if strings.HasPrefix(line, "\ufeff") {
		return "", errors.New("the input begins with a byte-order mark; save it as UTF-8 without one")
	}
	return line, nil
}

// readLine reads byte by byte, so that what follows the line is there for the next question.
func readLine(r io.Reader) (string, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) == 0 || line[len(line)-1] != '\n' {
		n, err := r.Read(b)
		line = append(line, b[:n]...)
		if err != nil {
			return string(line), err
		}
	}
	return string(line), nil
}

// unlessInterrupted reads, but waits no longer than ctx. What it leaves reading ends with the process.
func unlessInterrupted(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return "", errInterrupted
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

package commands

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// newPassword asks a person twice, without showing what is typed; a program writes it as the first line of the standard
// input. It is never an argument, which other users of the machine could see.
func (p *program) newPassword(prompt string) (string, error) {
	file, ok := p.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return p.line()
	}
	first, err := p.hidden(file, prompt+": ")
	if err != nil {
		return "", err
	}
	second, err := p.hidden(file, "Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return first, nil
}

func (p *program) hidden(file *os.File, prompt string) (string, error) {
	_, _ = fmt.Fprint(p.stderr, prompt)
	typed, err := term.ReadPassword(int(file.Fd()))
	_, _ = fmt.Fprintln(p.stderr)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(typed), nil
}

// confirmed asks for a yes.
func (p *program) confirmed(question string) bool {
	_, _ = fmt.Fprint(p.stderr, question+" Type yes: ")
	answer, err := p.line()
	return err == nil && answer == "yes"
}

// line reads one line of the standard input, without its end.
func (p *program) line() (string, error) {
	if p.stdin == nil {
		return "", errors.New("nothing was typed")
	}
	line, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", fmt.Errorf("nothing was typed: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}

package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// eitherFile returns the value of a setting that can also be given as a file ("database-password" and
// "database-password-file"). A file's last line end belongs to the editor, not to the value.
func (c *checker) eitherFile(setting, value, path string) string {
	if path == "" {
		return value
	}
	if value != "" {
		c.fail(setting, "%s-file is set too; set only one of the two", setting)
		return ""
	}
	return strings.TrimRight(c.readFile(setting+"-file", path), "\r\n")
}

// readFile returns the text of a small file, or notes why there is none.
func (c *checker) readFile(setting, path string) string {
	text, err := readSmall(path)
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	switch {
	case err != nil:
		c.fail(setting, "cannot read %s: %v", quote(path), err)
	case strings.TrimSpace(text) == "":
		c.fail(setting, "%s is empty", quote(path))
	}
	return text
}

func readSmall(path string) (string, error) {
	const most = 64 << 10
	f, err := os.Open(path) // #nosec G304 -- the operator names the file
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return "", err
	}
	if len(data) > most {
		return "", errors.New("it is larger than 64 KiB")
	}
	return string(data), nil
}

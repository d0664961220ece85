package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
)

const longestAnswer = 8 << 10

// conn is one keep-alive connection. It is no http.Client, whose transport hands each request to two further goroutines and
// takes apart every header: on full cores that would take processor from the server. Requests are made beforehand, and of
// an answer only the status and the length are read.
type conn struct {
	net.Conn
	in [longestAnswer]byte
}

func dial(addr string) (*conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

var (
	endOfHead     = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
)

// ask sends a request and waits for its answer. The body is valid until the next request.
func (c *conn) ask(request []byte) (status int, body []byte, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, nil, err
	}
	for n := 0; ; {
		got, err := c.Read(c.in[n:])
		if err != nil {
			return 0, nil, err
		}
		n += got
		status, body, err := parse(c.in[:n])
		if body != nil || err != nil {
			return status, body, err
		}
		if n == len(c.in) {
			return 0, nil, errors.New("the answer is too long")
		}
	}
}

// parse reads an answer; the body is nil as long as a part is missing.
func parse(in []byte) (status int, body []byte, err error) {
	head := bytes.Index(in, endOfHead)
	if head < 0 {
		return 0, nil, nil
	}
	status, length, err := parseHead(in[:head+2])
	begin := head + len(endOfHead)
	if err != nil || len(in) < begin+length {
		return status, nil, err
	}
	return status, in[begin : begin+length], nil
}

// parseHead reads "HTTP/1.1 200 ..." and the length of the body.
func parseHead(head []byte) (status, length int, err error) {
	const first = len("HTTP/1.1 ")
	if len(head) < first+3 {
		return 0, 0, errors.New("the answer is no HTTP")
	}
	status, err = strconv.Atoi(string(head[first : first+3]))
	if err != nil {
		return 0, 0, errors.New("the answer has no status")
	}
	_, after, ok := bytes.Cut(head, contentLength)
	if !ok {
		return 0, 0, fmt.Errorf("an answer with status %d has no Content-Length", status)
	}
	digits, _, _ := bytes.Cut(after, endOfHead[:2])
	length, err = strconv.Atoi(string(digits))
	return status, length, err
}

// want is ask where only one status is right.
func (c *conn) want(request []byte, status int) ([]byte, error) {
	got, body, err := c.ask(request)
	if err == nil {
		err = mismatch(got, status, body)
	}
	return body, err
}

func mismatch(got, want int, body []byte) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("status = %d, want %d: %s", got, want, body)
}

func get(path, cookie string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", path, cookie)
}

func post(path string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, len(body), body)
}

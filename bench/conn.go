package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// conn is one keep-alive connection. It is no http.Client, whose transport hands each request to two further goroutines and
// takes apart every header: on full cores that would take processor from the server. Requests are made beforehand, and of
// an answer only the status and the length are read.
type conn struct {
	net.Conn
	in [8 << 10]byte
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
	for n := 0; n < len(c.in); {
		got, err := c.Read(c.in[n:])
		if err != nil {
			return 0, nil, err
		}
		n += got
		head := bytes.Index(c.in[:n], endOfHead)
		if head < 0 {
			continue
		}
		status, length, err := parseHead(c.in[:head+2])
		if err != nil {
			return 0, nil, err
		}
		begin := head + len(endOfHead)
		if n >= begin+length {
			return status, c.in[begin : begin+length], nil
		}
	}
	return 0, nil, errors.New("the answer is too long")
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
	if err == nil && got != status {
		err = fmt.Errorf("status = %d, want %d: %s", got, status, body)
	}
	return body, err
}

func get(path, cookie string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", path, cookie)
}

func post(path string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, len(body), body)
}

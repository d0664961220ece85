package main

import (
	"errors"
	"net"
	"net/http"
	"runtime"
	"syscall"
)

// polled is a load whose connections are all served by one thread.
type polled struct {
	*load
	request next
	poll    int // the epoll instance
	conns   map[int32]*pending
	waiting int // connections that an answer is due to
}

// pending is what has come of an answer so far.
type pending struct {
	in [longestAnswer]byte
	n  int
}

const pollTimeout = 50 // milliseconds, after which it is looked whether the load is over

// beginPolled is begin with a single thread that waits for all connections at once, as the event loops of other load
// generators do. It takes half the processor time for each request, which is what matters where a server and its client
// share the cores.
func beginPolled(addr string, conns int, request next) (*load, error) {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	p := &polled{&load{}, request, poll, map[int32]*pending{}, 0}
	for range conns {
		if err := p.connect(addr); err != nil {
			p.close()
			return nil, err
		}
	}
	p.running.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer p.close()
		if err := p.run(); err != nil {
			p.fail(err)
		}
	})
	return p.load, nil
}

func (p *polled) connect(addr string) error {
	to, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	p.conns[int32(fd)] = &pending{}
	return errors.Join(
		syscall.Connect(fd, &syscall.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.EpollCtl(p.poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}),
	)
}

// run ends when every answer is there that was asked for.
func (p *polled) run() error {
	for fd := range p.conns {
		if err := p.send(fd); err != nil {
			return err
		}
	}
	events := make([]syscall.EpollEvent, len(p.conns))
	for p.waiting > 0 {
		n, err := syscall.EpollWait(p.poll, events, pollTimeout)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			if err := p.receive(e.Fd); err != nil {
				return err
			}
		}
	}
	return nil
}

// send asks on a connection unless the load is over. Requests are short enough for a socket's buffer to take them whole.
func (p *polled) send(fd int32) error {
	if p.over.Load() {
		return nil
	}
	text := p.request()
	if text == nil {
		return nil
	}
	p.waiting++
	_, err := syscall.Write(int(fd), text)
	return err
}

func (p *polled) receive(fd int32) error {
	c := p.conns[fd]
	n, err := syscall.Read(int(fd), c.in[c.n:])
	if err == nil && n == 0 {
		err = errors.New("the server closed the connection, or its answer is too long")
	}
	if err != nil {
		return err
	}
	c.n += n
	status, body, err := parse(c.in[:c.n])
	if err == nil && body != nil {
		err = mismatch(status, http.StatusOK, body)
	}
	if err != nil || body == nil {
		return err
	}
	c.n = 0
	p.waiting--
	p.done.Add(1)
	return p.send(fd)
}

func (p *polled) close() {
	for fd := range p.conns {
		_ = syscall.Close(int(fd))
	}
	_ = syscall.Close(p.poll)
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// process is a server that is measured. Each is a process of its own, so that none shares a Go scheduler with the client.
type process struct {
	cmd     *exec.Cmd
	addr    string
	pids    []int         // all processes of the server
	started time.Duration // from the start of the process to its first answer
}

// build makes gatehouse the way a release does.
func build(ctx context.Context, path string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "nomsgpack", "-ldflags", "-s -w", "-o", path, "gatehouse")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

var (
	address   = regexp.MustCompile(`http://[^ ]*:([0-9]+)`)
	processes = regexp.MustCompile(`with processes ([0-9 ]+)`)
)

// launch starts a server that tells its address in its first line, and waits for its first answer.
func launch(cmd *exec.Cmd) (*process, error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, pids: []int{cmd.Process.Pid}}
	in := bufio.NewReader(out)
	line, err := in.ReadString('\n')
	port := address.FindStringSubmatch(line)
	if err != nil || port == nil {
		return nil, errors.Join(fmt.Errorf("%s did not tell its address: %q (%w)", cmd.Path, line, err), p.kill())
	}
	go func() { _, _ = io.Copy(io.Discard, in) }()
	p.addr = "127.0.0.1:" + port[1]
	if named := processes.FindStringSubmatch(line); named != nil {
		p.pids = nil
		for pid := range strings.FieldsSeq(named[1]) {
			n, _ := strconv.Atoi(pid)
			p.pids = append(p.pids, n)
		}
	}
	if err := p.healthy(); err != nil {
		return nil, errors.Join(err, p.kill())
	}
	p.started = time.Since(began)
	return p, nil
}

func (p *process) healthy() error {
	c, err := dial(p.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.want(get("/healthz", "none=none"), 200)
	return err
}

// stop asks a server to end; twice does no harm.
func (p *process) stop() error {
	if p.cmd.ProcessState != nil {
		return nil
	}
	_ = p.cmd.Process.Signal(os.Interrupt)
	return p.cmd.Wait()
}

func (p *process) kill() error {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	return nil
}

// resident is the memory in use in MB, of all processes of the server; 0 where there is no /proc.
func (p *process) resident() float64 {
	sum := 0.0
	for _, pid := range p.pids {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, after, _ := strings.Cut(string(status), "VmRSS:")
		var kb float64
		_, _ = fmt.Sscan(after, &kb)
		sum += kb / 1024
	}
	return sum
}

// processor is the processor time that processes have used so far, 0 where there is no /proc.
func processor(pids ...int) time.Duration {
	var sum time.Duration
	for _, pid := range pids {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, after, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(after) // proc(5) counts from state, its third
		if len(fields) < 13 {
			continue
		}
		var user, system time.Duration
		_, _ = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
		sum += (user + system) * (time.Second / 100)
	}
	return sum
}

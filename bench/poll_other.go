//go:build !linux

package main

// beginPolled is begin: only Linux is set up for more.
func beginPolled(addr string, conns int, request next) (*load, error) {
	return begin(addr, conns, request)
}

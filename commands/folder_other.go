//go:build !linux

package commands

// mayWrite lets the server find out by itself.
func mayWrite(string) bool { return true }

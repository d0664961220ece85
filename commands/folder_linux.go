package commands

import "syscall"

// mayWrite asks the system, since the mode of a file does not tell all: there are also read-only disks.
func mayWrite(path string) bool {
	const write = 2
	return syscall.Access(path, write) == nil
}

package live

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mountSmall mounts a file system in memory with room for so many bytes.
func mountSmall(dir string, bytes int) error {
	return unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes))
}

func unmount(dir string) error { return unix.Unmount(dir, unix.MNT_DETACH) }

// allocate takes space for a part of a file.
func allocate(f *os.File, at, size int64) error {
	return unix.Fallocate(int(f.Fd()), 0, at, size)
}

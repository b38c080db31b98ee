//go:build unix

package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// diskBytes is the size of the small disk. NATS reserves three quarters of it for streams,
// which ask for a little less than 256 MiB.
const diskBytes = 384 << 20

// disk is a small file system below a directory of NATS, which can be filled.
type disk struct {
	dir     string
	mounted bool
	reason  string // why it is not mounted
}

// newDisk mounts the file system. Without the right to mount, the fault disk is skipped.
func newDisk(dir string) *disk {
	d := &disk{dir: dir}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = mountSmall(dir, diskBytes)
	}
	if d.mounted = err == nil; err != nil {
		d.reason = err.Error()
	}
	return d
}

// filler is the file that takes the space.
func (d *disk) filler() string { return filepath.Join(d.dir, "filler") }

// fill leaves no space.
func (d *disk) fill() error {
	f, err := os.Create(d.filler())
	if err != nil {
		return err
	}
	defer f.Close()
	// Halves, because an allocation that does not fit takes nothing.
	for size, at := int64(diskBytes), int64(0); size >= 4096; {
		if err := allocate(f, at, size); err != nil {
			size /= 2
			continue
		}
		at += size
	}
	return nil
}

// free gives the space back.
func (d *disk) free() error {
	if err := os.Remove(d.filler()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("free the disk: %w", err)
	}
	return nil
}

// close unmounts the file system.
func (d *disk) close() error {
	if !d.mounted {
		return nil
	}
	d.mounted = false
	return unmount(d.dir)
}

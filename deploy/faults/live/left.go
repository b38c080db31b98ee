//go:build unix

package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"prewarm/deploy/faults/invariant"
)

// Before is what there was before a chain was started.
type Before struct {
	dir      string
	children map[int]bool
}

// Observe notes the children of this process.
func Observe(dir string) Before {
	b := Before{dir: dir, children: map[int]bool{}}
	for _, pid := range childrenOf(os.Getpid()) {
		b.children[pid] = true
	}
	return b
}

// Left returns what is left after the end of the chain: processes, and with them their ports,
// files, and mounted disks.
func (b Before) Left() (out []invariant.Violation) {
	for _, pid := range childrenOf(os.Getpid()) {
		if !b.children[pid] {
			out = append(out, invariant.Violation{Rule: invariant.Leftover, Text: fmt.Sprintf("process %d", pid)})
		}
	}
	if _, err := os.Stat(b.dir); !errors.Is(err, os.ErrNotExist) {
		out = append(out, invariant.Violation{Rule: invariant.Leftover, Text: "the directory " + b.dir})
	}
	for _, pid := range workingBelow(b.dir) {
		out = append(out, invariant.Violation{Rule: invariant.Leftover, Text: fmt.Sprintf("process %d, a replica", pid)})
	}
	return out
}

// workingBelow returns the processes whose directory is below dir, as that of replicas is. The
// directory may be deleted.
func workingBelow(dir string) (out []int) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	all, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range all {
		var pid int
		if cwd, err := os.Readlink(link); err != nil || !strings.HasPrefix(cwd, root+"/") {
			continue
		}
		if _, err := fmt.Sscanf(link, "/proc/%d/cwd", &pid); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

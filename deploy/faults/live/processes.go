//go:build unix

package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"prewarm/deploy/faults/schedule"
)

// pids returns the processes of a part: its child, the store, or the replicas of a function.
func (c *Chain) pids(part schedule.Part) []int {
	if one := c.children[part]; one != nil {
		return []int{one.pid()}
	}
	if part == schedule.Store {
		return []int{c.platform.StorePID()}
	}
	var out []int
	for _, pid := range childrenOf(c.children[schedule.Gateway].pid()) {
		// A replica works in the directory of its function.
		dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		if err == nil && filepath.Base(dir) == string(part) {
			out = append(out, pid)
		}
	}
	return out
}

// childrenOf returns the processes that a process has started, as Linux lists them.
func childrenOf(pid int) (out []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for field := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				out = append(out, child)
			}
		}
	}
	return out
}

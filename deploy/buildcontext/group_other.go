//go:build !unix

package buildcontext

import "os/exec"

// EndWithContext does nothing where there are no process groups: the end of
// cmd's context then kills cmd alone.
func EndWithContext(*exec.Cmd) {}

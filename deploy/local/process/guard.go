//go:build unix

package process

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// guardScript reads "+ GROUP" and "- GROUP" lines. Its input ends when this
// process ends in whatever way, and then it kills the groups that are left. It
// ignores the signals that a terminal sends to everybody.
const guardScript = `trap '' INT TERM HUP
groups=
while read -r op group; do
  rest=
  for g in $groups; do [ "$g" = "$group" ] || rest="$rest $g"; done
  [ "$op" = + ] && rest="$rest $group"
  groups=$rest
done
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
exit 0`

// guard is a shell that outlives this process by a moment.
type guard struct {
	cmd *exec.Cmd

	mu    sync.Mutex
	input io.WriteCloser
}

func startGuard() (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript)
	// A group of its own: killing the platform's group must not kill the guard.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &guard{cmd: cmd, input: input}, nil
}

func (g *guard) add(group int)  { g.tell("+", group) }
func (g *guard) done(group int) { g.tell("-", group) }

// tell ignores errors: a guard that is gone cannot be told, and the launcher's
// own means still stop the processes.
func (g *guard) tell(op string, group int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, _ = fmt.Fprintln(g.input, op, group)
}

func (g *guard) close() error {
	g.mu.Lock()
	_ = g.input.Close()
	g.mu.Unlock()
	return g.cmd.Wait()
}

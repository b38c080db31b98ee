//go:build unix

package process

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// guardScript reads lines "+ GROUP" and "- GROUP", which add and remove a process
// group. Its input ends when this process ends, in whatever way. It then kills the
// groups that are left. It ignores the signals that a terminal sends to all
// processes.
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

// guard is a shell that runs guardScript and ends shortly after this process.
type guard struct {
	cmd *exec.Cmd

	mu    sync.Mutex
	input io.WriteCloser
}

// startGuard starts the shell. It fails on systems without /bin/sh.
func startGuard() (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript)
	// A separate group: a kill of this process's group must not kill the guard.
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

// add and done name the groups to kill.
func (g *guard) add(group int)  { g.send("+", group) }
func (g *guard) done(group int) { g.send("-", group) }

// send ignores errors: without the guard the launcher still stops the processes.
func (g *guard) send(op string, group int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, _ = fmt.Fprintln(g.input, op, group)
}

// close ends the guard, which first kills the groups that are left.
func (g *guard) close() error {
	g.mu.Lock()
	_ = g.input.Close()
	g.mu.Unlock()
	return g.cmd.Wait()
}

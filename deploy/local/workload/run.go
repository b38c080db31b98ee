package workload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Command is what a program does with its options. Results go to out.
type Command func(ctx context.Context, o Options, out io.Writer, log *slog.Logger) error

// Run parses the flags of a program and runs one of its commands, while this
// process alone holds the state directory. The default of that directory is
// .state/COMMAND. ctx also ends when the parent process ends.
func Run(ctx context.Context, program, command string, args []string, out, log io.Writer, do Command) error {
	o, err := parse(program+" "+command, filepath.Join(".state", command), args, log)
	if err != nil {
		return err
	}
	// Stack files name their handlers relative to the root of the repository.
	if _, err := os.Stat("stack.yml"); err != nil {
		return errors.New("stack.yml is not here: run this in the root of the repository")
	}
	lock, err := lockState(o.State)
	if err != nil {
		return err
	}
	defer lock.Close()
	level := slog.LevelWarn
	if o.Verbose {
		level = slog.LevelInfo
	}
	return do(withParent(ctx), o, out, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level})))
}

// lockState takes a state directory for this process alone: two platforms on the
// same streams and samples would destroy them. The kernel releases the lock when
// the process ends without closing it.
func lockState(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	case !locked:
		return nil, fmt.Errorf("%s is in use by another local platform: stop that one, or take another directory with -state (and other ports)", dir)
	}
	return lock, nil
}

// parentPoll is how often withParent asks whether the parent still runs.
const parentPoll = 500 * time.Millisecond

// withParent returns a context that also ends when the parent process ends: a
// platform whose make or shell was killed must not keep running.
func withParent(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	go func() {
		// An orphan gets another parent. The goroutine lives as long as the process.
		for range time.Tick(parentPoll) {
			if os.Getppid() != parent {
				cancel()
				return
			}
		}
	}()
	return ctx
}

package workload

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

func TestAStateDirectoryHasOnePlatform(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	t.Chdir("../../..") // as the program is run
	again := func() error {
		return Run(t.Context(), "local", "up", []string{"-state", dir}, io.Discard, io.Discard, nothing)
	}
	first := func(_ context.Context, o Options, _ io.Writer, _ *slog.Logger) error {
		if err := again(); err == nil || !strings.Contains(err.Error(), dir+" is in use by another local platform") {
			t.Errorf("a second platform on the same directory: got %v", err)
		}
		return errStopped
	}
	if err := Run(t.Context(), "local", "up", []string{"-state", dir}, io.Discard, io.Discard, first); !errors.Is(err, errStopped) {
		t.Errorf("got %v", err)
	}
	if err := again(); err != nil {
		t.Errorf("after the first has ended: %v", err)
	}
}

var errStopped = errors.New("stopped")

func nothing(context.Context, Options, io.Writer, *slog.Logger) error { return nil }

func TestAProgramRunsInTheRootOfTheRepository(t *testing.T) {
	t.Chdir(t.TempDir())
	err := Run(t.Context(), "local", "up", nil, io.Discard, io.Discard, nothing)
	if err == nil || !strings.Contains(err.Error(), "stack.yml is not here") {
		t.Errorf("got %v", err)
	}
}

func TestTheLoggerIsAsVerboseAsTheFlagSays(t *testing.T) {
	t.Chdir("../../..")
	for _, c := range []struct {
		args []string
		want bool
	}{{nil, false}, {[]string{"-v"}, true}} {
		var log strings.Builder
		args := append(c.args, "-state", t.TempDir())
		err := Run(t.Context(), "local", "up", args, io.Discard, &log, func(_ context.Context, _ Options, _ io.Writer, l *slog.Logger) error {
			l.Info("a decision")
			l.Warn("a warning")
			return nil
		})
		if err != nil || strings.Contains(log.String(), "a decision") != c.want || !strings.Contains(log.String(), "a warning") {
			t.Errorf("%v: %v, logged %q", c.args, err, log.String())
		}
	}
}

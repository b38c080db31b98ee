package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"prewarm/shared/cli"
)

func TestTheExitCodeSaysHowItEnded(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		text string
	}{
		{nil, 0, ""},
		{flag.ErrHelp, 0, ""},
		{errors.New("no such trace"), 1, "demo: no such trace\n"},
		{fmt.Errorf("stopped at 3 of 9: %w", context.Canceled), 130, "demo: interrupted: stopped at 3 of 9: context canceled\n"},
	} {
		var log bytes.Buffer
		run := func(context.Context, []string, io.Writer, io.Writer) error { return c.err }
		if code := cli.Run(context.Background(), "demo", run, nil, io.Discard, &log); code != c.code || log.String() != c.text {
			t.Errorf("%v: exit code %d and %q, want %d and %q", c.err, code, log.String(), c.code, c.text)
		}
	}
}

// counts is a program with the flag -n.
func counts(_ context.Context, args []string, _, log io.Writer) error {
	flags := flag.NewFlagSet("counts", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.Int("n", 0, "how `many`")
	return cli.Parse(flags, args)
}

func TestWhatIsWrongWithTheFlagsIsSaidOnce(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		text string
	}{
		{[]string{"-n", "3"}, 0, ""},
		{[]string{"-n", "3", "more", "and more"}, 1, "counts: unknown argument: \"more\"\n"},
		{[]string{"-m", "3"}, 1, "counts: flag provided but not defined: -m\n"},
		{[]string{"-n", "x"}, 1, "counts: invalid value \"x\" for flag -n: parse error\n"},
		{[]string{"-h"}, 0, "Usage of counts:\n  -n many\n    \thow many\n"},
	} {
		var log bytes.Buffer
		if code := cli.Run(t.Context(), "counts", counts, c.args, io.Discard, &log); code != c.code || log.String() != c.text {
			t.Errorf("%v: exit code %d and %q, want %d and %q", c.args, code, log.String(), c.code, c.text)
		}
	}
}

// Environment variables that make the test binary a program of a test.
const (
	waitKey  = "CLI_TEST_WAIT"  // it waits for a signal
	writeKey = "CLI_TEST_WRITE" // it writes the file of this path
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(waitKey) != "":
		cli.Main("child", waitForSignal)
	case os.Getenv(writeKey) != "":
		cli.Main("child", printAndWrite)
	}
	os.Exit(m.Run())
}

func waitForSignal(ctx context.Context, _ []string, out, _ io.Writer) error {
	fmt.Fprintln(out, "ready")
	<-ctx.Done()
	return ctx.Err()
}

func printAndWrite(_ context.Context, _ []string, out, _ io.Writer) error {
	fmt.Fprintln(out, "before")
	if err := cli.WriteFile(os.Getenv(writeKey), put("rows\n")); err != nil {
		return err
	}
	fmt.Fprintln(out, "after")
	return nil
}

func TestASignalEndsTheProgram(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), waitKey+"=1")
		var log bytes.Buffer
		cmd.Stderr = &log
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.HasPrefix(log.String(), "child: interrupted") {
			t.Errorf("%v: exit code %d, %q", signal, code, log.String())
		}
	}
}

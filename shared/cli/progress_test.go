package cli_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"prewarm/shared/cli"
)

func TestLinesAtEachTenth(t *testing.T) {
	var out bytes.Buffer
	bar := cli.NewBar(&out, "reading", 20)
	for range 7 {
		bar.Add(1)
	}
	bar.Add(11)
	bar.Add(5) // beyond the end
	bar.Done()
	want := "reading: 10 % (2 of 20)\nreading: 20 % (4 of 20)\nreading: 30 % (6 of 20)\n" +
		"reading: 90 % (18 of 20)\nreading: 100 % (20 of 20)\n"
	if out.String() != want {
		t.Errorf("wrote\n%s\nwant\n%s", out.String(), want)
	}
}

func TestEmptyTask(t *testing.T) {
	var out bytes.Buffer
	bar := cli.NewBar(&out, "nothing", 0)
	bar.Add(0)
	bar.Done()
	if out.Len() != 0 {
		t.Errorf("wrote %q; want nothing", out.String())
	}
}

func TestAddFromSeveralGoroutines(t *testing.T) {
	var out bytes.Buffer
	bar := cli.NewBar(&out, "sum", 100)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 10 {
				bar.Add(1)
			}
		})
	}
	all.Wait()
	bar.Done()
	if n := strings.Count(out.String(), "\n"); n != 10 || !strings.Contains(out.String(), "100 %") {
		t.Errorf("%d lines; want 10, the last at 100 %%:\n%s", n, out.String())
	}
}

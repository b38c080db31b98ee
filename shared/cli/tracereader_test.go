package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/trace"
)

// A malformed row is left out and counted, or ends the reading with Strict.
func TestBadRowsAreNamedOrLeftOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "invocations.csv"), []byte("fn,1,2\na,1,x\nb,1,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := (TraceReader{Strict: true, Log: &log}).Open(dir); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
	got, err := TraceReader{Log: &log}.Open(dir)
	if err != nil || len(got.Functions) != 1 || !strings.Contains(log.String(), "1 of 2 rows were malformed and left out; the first: invocations.csv: line 2") {
		t.Errorf("%v, log %q", err, log.String())
	}
}

func TestALongReadShowsProgress(t *testing.T) {
	var log bytes.Buffer
	b := &readingBar{out: &log, name: "read big"}
	b.report(trace.Progress{Bytes: longRead / 2, Total: longRead})
	b.report(trace.Progress{Bytes: longRead, Total: longRead})
	b.done()
	if !strings.Contains(log.String(), "read big: 50 %") || !strings.Contains(log.String(), "100 %") {
		t.Errorf("log %q", log.String())
	}
	log.Reset()
	short := &readingBar{out: &log, name: "read small"}
	short.report(trace.Progress{Bytes: 1, Total: longRead - 1})
	short.done()
	if log.Len() > 0 {
		t.Errorf("a short read says %q", log.String())
	}
}

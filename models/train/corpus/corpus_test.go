package corpus

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/trace"
)

// put writes a file below dir.
func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The load test is never trained on, whatever lies beside it.
func TestTheLoadTestIsNoTrainingData(t *testing.T) {
	for _, folder := range Folders() {
		if strings.Contains(folder, "hey") {
			t.Errorf("%s is trained on", folder)
		}
	}
}

func TestOnlyTheStatedFoldersAreRead(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "azure2019_single_day/invocations.csv", "fn,1,2\na,1,0\nb,0,0\n")
	put(t, dir, "another/invocations.csv", "fn,1,2\nc,1,1\n")
	all, err := Reader{Log: &bytes.Buffer{}}.All(dir)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d traces, %v", len(all), err)
	}
	if tasks := Tasks(all); len(tasks) != 1 || tasks[0].Name != "azure2019_single_day/a" {
		t.Errorf("got %+v", tasks)
	}
}

func TestWithoutTracesNothingIsRead(t *testing.T) {
	if all, err := (Reader{Log: &bytes.Buffer{}}).All(filepath.Join(t.TempDir(), "none")); err != nil || len(all) != 0 {
		t.Errorf("%d traces, %v", len(all), err)
	}
	made, err := Generated(1)
	if err != nil || made.Layout != trace.Generated {
		t.Errorf("%v", err)
	}
}

// A malformed row ends the reading, or is left out and counted where the user
// says so.
func TestBadRowsAreNamedOrLeftOut(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "azure2019_single_day/invocations.csv", "fn,1,2\na,1,x\nb,1,1\n")
	var log bytes.Buffer
	if _, err := (Reader{Log: &log}).All(dir); err == nil || !strings.Contains(err.Error(), "azure2019_single_day") {
		t.Errorf("got %v", err)
	}
	all, err := Reader{SkipBadRows: true, Log: &log}.All(dir)
	if err != nil || len(all) != 1 || len(all[0].Functions) != 1 || !strings.Contains(log.String(), "1 malformed rows left out") {
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
	short.report(trace.Progress{Bytes: 10, Total: 10})
	short.done()
	if log.Len() > 0 {
		t.Errorf("a short read says %q", log.String())
	}
}

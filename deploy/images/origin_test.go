package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestTheOriginIsTheCommitThatIsCheckedOut(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is missing")
	}
	dir := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
	commit := func() {
		for _, args := range [][]string{
			{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "x"},
		} {
			if out, err := git(dir, args...); err != nil {
				t.Fatal(out, err)
			}
		}
	}
	if got, at, err := origin(dir, ""); got != "" || at.Unix() != 0 || err != nil {
		t.Errorf("without git: %q, %v, %v", got, at, err)
	}
	commit()
	got, at, err := origin(dir, "")
	if len(got) != 40 || !at.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) || err != nil {
		t.Errorf("committed: %q, %v, %v", got, at, err)
	}
	if same, at, err := origin(dir, "86400"); same != got || at.Unix() != 86400 || err != nil {
		t.Errorf("with SOURCE_DATE_EPOCH: %q, %v, %v", same, at, err)
	}
	// A commit that does not have the sources would be wrong in the image.
	if err := os.WriteFile(filepath.Join(dir, "new"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, at, err := origin(dir, ""); got != "" || at.Unix() != 0 || err != nil {
		t.Errorf("with a new file: %q, %v, %v", got, at, err)
	}
}

func FuzzEpoch(f *testing.F) {
	for _, text := range []string{"0", "1764547200", "-1", "253402300799", "253402300800", "1.5", "0x10", " 1"} {
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		_, at, err := origin(dir, text)
		if err != nil || text == "" {
			return
		}
		back, err := time.Parse(time.RFC3339, at.Format(time.RFC3339))
		seconds, _ := strconv.ParseInt(text, 10, 64)
		if err != nil || back.Unix() != seconds {
			t.Errorf("%q became %v, %v", text, at, err)
		}
	})
}

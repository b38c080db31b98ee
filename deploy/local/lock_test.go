package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestAStateDirectoryHasOnePlatform(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	unlock, err := lockState(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..") // as the program is run
	var out bytes.Buffer
	for _, command := range []string{"up", "demo", "compare"} {
		err := run(t.Context(), []string{command, "-state", dir}, &out, &out)
		if err == nil || !strings.Contains(err.Error(), dir+" is in use by another local platform") {
			t.Errorf("%s on the same directory: got %v", command, err)
		}
	}
	unlock()
	again, err := lockState(dir)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again()
}

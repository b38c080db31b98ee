package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
)

func TestTheCommandsAreDemoAndCompare(t *testing.T) {
	for _, args := range [][]string{nil, {"up"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "usage: experiment demo|compare") {
			t.Errorf("%v: got %v", args, err)
		}
	}
	for _, command := range []string{"demo", "compare"} {
		var usage strings.Builder
		err := run(t.Context(), []string{command, "-h"}, io.Discard, &usage)
		if !errors.Is(err, flag.ErrHelp) || !strings.Contains(usage.String(), `default ".state/`+command+`"`) {
			t.Errorf("%s: got %v and %q", command, err, usage.String())
		}
	}
}

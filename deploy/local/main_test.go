package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
)

func TestTheOneCommandIsUp(t *testing.T) {
	for _, args := range [][]string{nil, {"down"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "usage: local up") {
			t.Errorf("%v: got %v", args, err)
		}
	}
	var usage strings.Builder
	if err := run(t.Context(), []string{"up", "-h"}, io.Discard, &usage); !errors.Is(err, flag.ErrHelp) || !strings.Contains(usage.String(), "-gateway-port") {
		t.Errorf("got %v and %q", err, usage.String())
	}
}

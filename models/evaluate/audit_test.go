package main

import (
	"context"
	"errors"
	"io"
	"testing"
)

func TestTheAuditIsAskedForByItselfAndWithAll(t *testing.T) {
	for _, args := range [][]string{{"-audit"}, {"-all"}} {
		s, err := parse(args, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		list := s.chapters()
		last := list[len(list)-1]
		if last.name != "published claims" || (args[0] == "-audit") != (len(list) == 1) {
			t.Errorf("%v: chapters %+v", args, list)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := last.write(ctx, &study{settings: settings{traces: t.TempDir()}, log: io.Discard}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v: interrupted, got %v", args, err)
		}
	}
}

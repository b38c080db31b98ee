package natsserver_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/deploy/local/natsserver"
	"prewarm/shared/testbed"
)

// TestAServerIsBackOnceAFullDiskHasRoom fills the volume of a server until its stream cannot
// be written. The server goes on while the disk is full, says what to do, and is back at the
// same address, with its messages, as soon as there is room.
func TestAServerIsBackOnceAFullDiskHasRoom(t *testing.T) {
	dir, ctx := t.TempDir(), deadline(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=48m"); err != nil {
		t.Skip("no file system of a fixed size can be mounted:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	var log testbed.Buffer
	s := start(t, natsserver.Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	js := connect(t, s.URL())
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "A", Subjects: []string{"a"}, MaxBytes: 1 << 24}); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 40<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	publish := func(body []byte) error {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := js.Publish(short, "a", body)
		return err
	}

	stored := 0
	for ; publish(bytes.Repeat([]byte("x"), 512<<10)) == nil; stored++ {
	}
	testbed.Eventually(t, "the log says what to do", func() bool { return strings.Contains(log.String(), "free some space") })
	if strings.Contains(log.String(), "NATS restarts") {
		t.Errorf("restarted while the disk was full:\n%s", log.String())
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the same client can publish again", func() bool { return publish([]byte("after")) == nil })
	stream, err := js.Stream(ctx, "A")
	if err != nil || int(stream.CachedInfo().State.Msgs) <= stored {
		t.Errorf("want more than %d messages, got %+v, %v", stored, stream, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "room-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

package connector

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go/jetstream"
)

func TestResultOfAStatus(t *testing.T) {
	for status, want := range map[int]result{
		200: delivered, 202: delivered, 204: delivered,
		409: duplicate,
		400: refused, 401: refused, 403: refused, 413: refused, 422: refused,
		301: failed, 404: failed, 405: failed, 408: failed, 429: failed,
		500: failed, 502: failed, 503: failed, 504: failed,
	} {
		if got := resultOf(status); got != want {
			t.Errorf("%d: want %s, got %s", status, want, got)
		}
	}
}

func TestBackoffDoublesUpToTheMaximum(t *testing.T) {
	const least, most = time.Second, 10 * time.Second
	full := 0.999999999
	for try, want := range map[uint64]time.Duration{1: 1, 2: 2, 3: 4, 4: 8, 5: 10, 6: 10, 1 << 60: 10} {
		got := backoff(try, least, most, full).Round(time.Millisecond)
		if got != want*time.Second {
			t.Errorf("try %d: want %v, got %v", try, want*time.Second, got)
		}
		if half := backoff(try, least, most, 0); half != want*time.Second/2 {
			t.Errorf("try %d: want at least a half, got %v", try, half)
		}
	}
}

// reported is a message that counts reports of progress.
type reported struct {
	jetstream.Msg
	n atomic.Int64
}

func (r *reported) InProgress() error { r.n.Add(1); return nil }

func TestProgressIsReportedThreeTimesPerAckWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var msg reported
		stop := (&delivery{config: Config{AckWait: 30 * time.Second}}).keepAlive(&msg)
		time.Sleep(time.Minute + time.Second)
		stop()
		time.Sleep(time.Minute)
		if n := msg.n.Load(); n != 6 {
			t.Errorf("%d reports in a minute, want 6 and none afterwards", n)
		}
	})
}

func FuzzOneLine(f *testing.F) {
	f.Add("answered 500: a\r\nInjected: header")
	f.Add(strings.Repeat("é", causeLimit))
	f.Fuzz(func(t *testing.T, text string) {
		got := oneLine(text)
		if len(got) > causeLimit || strings.ContainsAny(got, "\r\n\x00") || !utf8.ValidString(got) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

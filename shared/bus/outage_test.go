package bus_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"

	"prewarm/shared/bus"
	"prewarm/shared/testbed"
)

// An outage of an hour is a few lines, though each connect has another port.
func TestAnOutageIsLoggedOncePerKindOfFailure(t *testing.T) {
	var log testbed.Buffer
	o := bus.NewOutage(slog.New(slog.NewTextHandler(&log, nil)))
	for outage := range 2 {
		for port := range 100 {
			o.Note(&net.OpError{Op: "write", Net: "tcp", Source: &net.TCPAddr{Port: port}, Addr: &net.TCPAddr{Port: 4222}, Err: syscall.EPIPE})
			o.Note(fmt.Errorf("handshake: %w", errors.New("EOF")))
		}
		if n := strings.Count(log.String(), "\n"); n != 2*(outage+1) {
			t.Errorf("%d lines in the log after outage %d:\n%s", n, outage, log.String())
		}
		if err := o.Cause(); err == nil || err.Error() != "handshake: EOF" {
			t.Errorf("the cause is %v", err)
		}
		if failed := o.End(); !failed || o.End() || o.Cause() != nil {
			t.Errorf("the outage has not ended: %v, %v", failed, o.Cause())
		}
	}
}

// The number of kinds is bounded as well.
func TestTheLogOfAnOutageIsBounded(t *testing.T) {
	var log testbed.Buffer
	o := bus.NewOutage(slog.New(slog.NewTextHandler(&log, nil)))
	for i := range 1000 {
		o.Note(fmt.Errorf("failure %d", i))
	}
	if n := strings.Count(log.String(), "\n"); n > 10 {
		t.Errorf("%d lines", n)
	}
}

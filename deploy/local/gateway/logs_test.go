package gateway

import (
	"context"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/logs"
)

// follow reads the log from a time on until the gateway ends the stream.
func follow(t *testing.T, c faasCLI, since *time.Time) (lines []logs.Message) {
	t.Helper()
	stream, err := c.logs(context.Background(), logs.Request{Name: "hello", Tail: -1, Follow: true, Since: since})
	if err != nil {
		t.Fatal(err)
	}
	for line := range stream {
		lines = append(lines, line)
	}
	return lines
}

func TestAFollowerReconnectsWhenTheGatewayEndsItsStream(t *testing.T) {
	f := start(t, func(o *Options) { o.LogTimeout = 50 * time.Millisecond })
	f.deploy(hello())
	c := newCLI(f, t)
	f.call("GET", "/function/hello/print?text=one", "")
	lines := follow(t, c, nil)
	last := lines[len(lines)-1]
	if last.Text != "one" {
		t.Fatalf("lines before the end of the stream: %+v", lines)
	}
	// What was written meanwhile is not lost.
	f.call("GET", "/function/hello/print?text=two", "")
	if lines := follow(t, c, &last.Timestamp); lines[len(lines)-1].Text != "two" {
		t.Errorf("lines after the reconnection: %+v", lines)
	}
}

func TestLogsEndWithTheWriteTimeoutOfTheChart(t *testing.T) {
	o, err := Options{User: "u", Password: "p", StateDir: t.TempDir(), Images: images}.withDefaults()
	if err != nil || o.LogTimeout != 65*time.Second {
		t.Errorf("log timeout: %s %v", o.LogTimeout, err)
	}
}

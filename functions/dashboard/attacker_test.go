package dashboard

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// attacker sends a request again and again until ctx ends.
type attacker struct {
	request string
	slow    string        // bytes of the body, one every half a second
	read    bool          // the answer, at full speed
	pause   time.Duration // between two requests
}

func (a attacker) run(ctx context.Context, address string, count *atomic.Int64) {
	for ctx.Err() == nil {
		_ = a.once(ctx, address)
		count.Add(1)
		select {
		case <-ctx.Done():
		case <-time.After(a.pause):
		}
	}
}

func (a attacker) once(ctx context.Context, address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if _, err := io.WriteString(c, a.request); err != nil {
		return err
	}
	for i := range a.slow {
		time.Sleep(500 * time.Millisecond)
		if _, err := io.WriteString(c, a.slow[i:i+1]); err != nil {
			return err
		}
	}
	if a.read {
		_, err = io.Copy(io.Discard, c)
		return err
	}
	// A client that reads nothing notices the end of the connection by the next byte that it
	// sends.
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		if _, err := io.WriteString(c, "x"); err != nil {
			return err
		}
	}
}

func getRequest(target string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
}

func postRequest(length int, body string) string {
	return fmt.Sprintf("POST /api/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, body)
}

// attackers are 200 connections.
func attackers() (out []attacker) {
	for range 40 {
		out = append(out,
			attacker{request: getRequest("/api/decisions?limit=10000")},
			attacker{request: getRequest("/api/decisions?limit=10000"), read: true, pause: time.Millisecond},
			attacker{request: getRequest("/api/events")})
	}
	for range 20 {
		out = append(out,
			attacker{request: getRequest("/api/decisions.csv")},
			attacker{request: postRequest(100, ""), slow: strings.Repeat(" ", 100)},
			attacker{request: postRequest(len(wrongPassword), wrongPassword), read: true, pause: time.Millisecond},
			attacker{request: getRequest("/"), read: true, pause: time.Millisecond})
	}
	return out
}

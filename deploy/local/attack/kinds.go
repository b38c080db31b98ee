package attack

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// drip is the time between two bytes of a slow attack.
	drip = time.Second

	// floodPause is the time between two requests of one connection in a flood. Without it,
	// attackers on the same machine would take the processor, and not the places.
	floodPause = 200 * time.Millisecond

	// retryPause is the time before a connection is replaced.
	retryPause = 200 * time.Millisecond

	// large is the size of a slow or large body in bytes: above what the local gateway reads
	// before it calls the function, and above the largest message.
	large = 2 << 20
)

// Kinds returns the attacks by name.
func Kinds() map[string]Attack {
	return map[string]Attack{
		"slow-body":        SlowBody,
		"slow-chunks":      SlowChunks,
		"slow-headers":     SlowHeaders,
		"forged-forecasts": Flood(http.MethodPost, forged("prewarm.forecasts")),
		"forged-windows":   Flood(http.MethodPost, forged("prewarm.windows")),
		"malformed":        Flood(http.MethodPost, "{}"),
		"large":            Flood(http.MethodPost, strings.Repeat("x", large)),
		"read":             Flood(http.MethodGet, ""),
	}
}

// forged returns a body with the form of a message of the chain, and a signature that no key
// has made.
func forged(subject string) string {
	return fmt.Sprintf(`{"version":1,"type":%q,"id":"%s/600/0","step":600,"payload":{},"signature":"%064d"}`, subject, subject, 0)
}

// SlowBody announces a large body and sends a byte of it each second.
func SlowBody(ctx context.Context, conn net.Conn, path string, saw func(int)) error {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n\r\n", path, large)
	return slowly(ctx, conn, head, "x", saw)
}

// SlowChunks sends a body of unknown length, in a chunk of one byte each second.
func SlowChunks(ctx context.Context, conn net.Conn, path string, saw func(int)) error {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n", path)
	return slowly(ctx, conn, head, "1\r\nx\r\n", saw)
}

// SlowHeaders sends headers that never end, one each second.
func SlowHeaders(ctx context.Context, conn net.Conn, path string, saw func(int)) error {
	return slowly(ctx, conn, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: gateway\r\n", path), "X-More: 1\r\n", saw)
}

// slowly sends head, and then more each second until an answer comes.
func slowly(ctx context.Context, conn net.Conn, head, more string, saw func(int)) error {
	answered := make(chan error, 1)
	go func() {
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			saw(res.StatusCode)
			_ = res.Body.Close()
		}
		answered <- err
	}()
	for text := head; ; text = more {
		if _, err := io.WriteString(conn, text); err != nil {
			return err
		}
		select {
		case err := <-answered:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(drip):
		}
	}
}

// Flood returns an attack that sends the same request again and again.
func Flood(method, body string) Attack {
	return func(ctx context.Context, conn net.Conn, path string, saw func(int)) error {
		in := bufio.NewReader(conn)
		for ctx.Err() == nil {
			head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n\r\n", method, path, len(body))
			if _, err := io.WriteString(conn, head+body); err != nil {
				return err
			}
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				return err
			}
			saw(res.StatusCode)
			if _, err := io.Copy(io.Discard, res.Body); err != nil || res.Close {
				return err
			}
			pause(ctx, floodPause)
		}
		return ctx.Err()
	}
}

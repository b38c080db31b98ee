package connector

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// answerLimit is how much of an answer is read, so that its connection can be
	// used again; causeLimit how much of it a dead letter tells. In bytes.
	answerLimit = 64 << 10
	causeLimit  = 300
)

// caller posts messages to functions through the gateway.
type caller struct {
	gateway string
	client  *http.Client
	timeout time.Duration
}

// newCaller does not follow redirects: a function's answer is final.
func newCaller(gateway string, timeout time.Duration, base http.RoundTripper) *caller {
	return &caller{
		gateway: gateway,
		timeout: timeout,
		client: &http.Client{
			Transport:     base,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// call posts one message to one function.
func (c *caller) call(ctx context.Context, function string, msg jetstream.Msg, attempt uint64) outcome {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	status, answer, err := c.post(ctx, function, msg, attempt)
	if err != nil {
		return outcome{function: function, verdict: failed, cause: oneLine(err.Error())}
	}
	result := outcome{function: function, verdict: judge(status), status: status}
	if result.verdict != delivered {
		result.cause = oneLine(fmt.Sprintf("answered %d: %s", status, answer))
	}
	return result
}

func (c *caller) post(ctx context.Context, function string, msg jetstream.Msg, attempt uint64) (int, []byte, error) {
	address := c.gateway + "/function/" + url.PathEscape(function)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(msg.Data()))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Connector", "prewarm-jetstream")
	req.Header.Set("X-Topic", msg.Subject())
	req.Header.Set("X-Delivery-Attempt", strconv.FormatUint(attempt, 10))
	if id := msg.Headers().Get(jetstream.MsgIDHeader); id != "" {
		req.Header.Set(jetstream.MsgIDHeader, oneLine(id))
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil && judge(res.StatusCode) != delivered {
		return 0, nil, fmt.Errorf("read the answer of %s: %w", function, err)
	}
	return res.StatusCode, answer, nil
}

// oneLine makes a text fit for a header: printable, one line, bounded.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
	if len(text) > causeLimit {
		text = strings.ToValidUTF8(text[:causeLimit], "")
	}
	return text
}

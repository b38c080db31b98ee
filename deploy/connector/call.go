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

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

const (
	// answerLimit bounds what is read of an answer, in bytes. An answer that was
	// read to its end leaves a connection that can be reused.
	answerLimit = 64 << 10

	// causeLimit bounds the text of an answer in logs and dead letters, in bytes.
	causeLimit = 300
)

// caller posts messages to functions through the gateway.
type caller struct {
	gateway string
	keys    event.Keys // none: no call is proven
	client  *http.Client
	timeout time.Duration
}

// newCaller returns a caller with a time limit for each call. It does not follow
// redirects: they are answers of the function.
func newCaller(config Config, base http.RoundTripper) *caller {
	return &caller{
		gateway: config.Gateway.URL,
		keys:    config.Keys,
		timeout: config.UpstreamTimeout,
		client: &http.Client{
			Transport:     base,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// call posts one message to one function. It always returns a response: an error
// of the transport is a failed one.
func (c *caller) call(ctx context.Context, function string, msg jetstream.Msg, attempt uint64) response {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	res, answer, err := c.post(ctx, function, msg, attempt)
	if err != nil {
		return response{function: function, result: failed, cause: oneLine(err.Error())}
	}
	r := response{function: function, result: resultOf(res.StatusCode), status: res.StatusCode}
	if r.result != delivered {
		r.cause = oneLine(fmt.Sprintf("answered %d: %s", r.status, answer))
	}
	if told := res.Header.Get(serve.CallerHeader); !c.keys.None() && strings.HasPrefix(told, serve.Stranger) {
		r.unproven = oneLine(told)
	}
	return r
}

// post sends the message and returns the answer with the begin of its body. A 2xx
// counts even if the body breaks off: the function has received the message. Each try has a
// proof of its own, since a proof is valid for a few minutes only.
func (c *caller) post(ctx context.Context, function string, msg jetstream.Msg, attempt uint64) (*http.Response, []byte, error) {
	address := c.gateway + "/function/" + url.PathEscape(function)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(msg.Data()))
	if err != nil {
		return nil, nil, err
	}
	if !c.keys.None() {
		req.Header.Set(event.DeliveryHeader, event.ProveDelivery(c.keys, msg.Subject(), msg.Data(), time.Now()))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Connector", "prewarm-jetstream")
	req.Header.Set(serve.TopicHeader, msg.Subject())
	req.Header.Set("X-Delivery-Attempt", strconv.FormatUint(attempt, 10))
	if trace := event.CheckTrace(msg.Headers().Get(event.TraceHeader)); trace != "" {
		req.Header.Set(event.TraceHeader, trace)
	}
	if id := msg.Headers().Get(jetstream.MsgIDHeader); id != "" {
		req.Header.Set(jetstream.MsgIDHeader, oneLine(id))
	}
	res, err := c.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil && resultOf(res.StatusCode) != delivered {
		return nil, nil, fmt.Errorf("read the answer of %s: %w", function, err)
	}
	return res, answer, nil
}

// oneLine returns text as a header value: printable, one line, at most causeLimit bytes.
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

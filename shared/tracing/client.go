package tracing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// client sends spans to a collector of OpenTelemetry: OTLP over HTTP, in protobuf. The SDK has
// a client for that, otlptracehttp, whose messages come with gRPC: it adds 7 MB to a program,
// and this one hardly anything.
//
// An export that fails is not tried again, and its spans are lost: a queue of spans must not
// grow in a program that has other work to do.
type client struct {
	url     string
	headers http.Header
	timeout time.Duration
	http    *http.Client
	log     *slog.Logger
	failing atomic.Bool // so that each outage is logged once
}

// newClient returns the client of a configuration.
func newClient(c Config, log *slog.Logger) *client {
	return &client{url: c.Endpoint + "/v1/traces", headers: c.Headers, timeout: c.Timeout, http: c.client, log: log}
}

// Start implements otlptrace.Client. The collector may be away.
func (c *client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. It returns no error: the SDK would write it to the
// standard error, once for each export.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := c.post(ctx, spans)
	switch failed := err != nil; {
	case failed && !c.failing.Swap(true):
		c.log.Warn("spans are not sent, and are lost until the collector of OpenTelemetry takes them", "error", err)
	case !failed && c.failing.Swap(false):
		c.log.Info("spans are sent again")
	}
	return nil
}

// post sends spans in one request. TracesData has the same encoding as the request of the
// protocol, ExportTraceServiceRequest: field 1, the spans of resources.
func (c *client) post(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, values := range c.headers {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	// The connection is used again if the answer was read to its end. It may tell of spans that
	// were refused, which cannot be mended here.
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s answered %d", c.url, res.StatusCode)
	}
	return nil
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

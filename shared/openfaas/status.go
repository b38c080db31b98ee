package openfaas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// StatusError is the error of an answer that is not 2xx.
type StatusError struct {
	Code int    // HTTP status
	text string // beginning of the body
}

// Error quotes the beginning of the body. It may contain what only an authenticated
// caller may read, so it belongs into a log and not into an answer.
func (e *StatusError) Error() string { return fmt.Sprintf("status %d: %.200q", e.Code, e.text) }

// StatusTransport turns every answer that is not 2xx into a StatusError. go-sdk
// decodes some answers without checking their status, and flattens the status of
// others into text; so the transport also stores the error in the request's context.
//
// A redirection is an error too: http.Client would follow a POST with a GET, and its
// answer would pass for that of the POST.
type StatusTransport struct{ Next http.RoundTripper }

// statusKey is the context key of a **StatusError, to which RoundTrip assigns.
type statusKey struct{}

// maxErrorText bounds the bytes that are read of the body of an error.
const maxErrorText = 4 << 10

// RoundTrip implements http.RoundTripper.
func (t StatusTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Next.RoundTrip(req)
	if err != nil || res.StatusCode/100 == 2 {
		return res, err
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorText)) // the status counts, even if the body breaks off
	status := &StatusError{Code: res.StatusCode, text: string(text)}
	if place, ok := req.Context().Value(statusKey{}).(**StatusError); ok {
		*place = status
	}
	return nil, status
}

// call runs one call of go-sdk within the timeout and wraps its error with the
// sentinel that callers branch on. It checks the context itself, since go-sdk
// flattens the end of the context into text as well.
func (c *Client) call(ctx context.Context, fn func(context.Context) error) error {
	if c.cfg.Timeout > 0 {
		bounded, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
		defer cancel()
		ctx = bounded
	}
	var status *StatusError
	err := fn(context.WithValue(ctx, statusKey{}, &status))
	switch {
	case err == nil:
		return nil
	case status == nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrTimeout, err)
	case status == nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case status.Code == http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case status.refused():
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// refused reports whether the same call would be refused again: any 4xx but 408 and
// 429, which concern only this moment.
func (e *StatusError) refused() bool {
	return e.Code/100 == 4 && e.Code != http.StatusTooManyRequests && e.Code != http.StatusRequestTimeout
}

package openfaas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// StatusError is an answer that is not 2xx.
type StatusError struct {
	Code int
	text string
}

// Error quotes the beginning of the answer, which may hold what only those who
// signed in may read.
func (e *StatusError) Error() string { return fmt.Sprintf("status %d: %.200q", e.Code, e.text) }

// StatusTransport turns every answer that is not 2xx into a StatusError, since
// go-sdk decodes several answers without a look at their status and puts the
// others into text. It also leaves the status at the request's context, where
// go-sdk cannot flatten it. Redirections are errors, too: http.Client would
// make a GET of a change, and take the answer to that for the change's.
type StatusTransport struct{ Next http.RoundTripper }

// statusKey is the context key of a **StatusError.
type statusKey struct{}

// errorText bounds what is read of an error answer.
const errorText = 4 << 10

// RoundTrip implements http.RoundTripper.
func (t StatusTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Next.RoundTrip(req)
	if err != nil || res.StatusCode/100 == 2 {
		return res, err
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, errorText)) // the status counts, also where the text breaks off
	status := &StatusError{Code: res.StatusCode, text: string(text)}
	if place, ok := req.Context().Value(statusKey{}).(**StatusError); ok {
		*place = status
	}
	return nil, status
}

// call runs one call of go-sdk within its time and adds to its error the sentinel
// that callers branch on: go-sdk flattens that the time is over, too.
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

// refused reports whether asking again would be answered the same.
func (e *StatusError) refused() bool {
	return e.Code/100 == 4 && e.Code != http.StatusTooManyRequests && e.Code != http.StatusRequestTimeout
}

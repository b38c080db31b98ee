package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// statusError is an answer that is not 2xx.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %.200q", e.code, e.text) }

// statusTransport turns every answer that is not 2xx into an error, since
// go-sdk decodes several answers without a look at their status and puts the
// others into text. It also leaves the status at the request's context, where
// go-sdk cannot flatten it.
type statusTransport struct{ next http.RoundTripper }

// statusKey is the context key of a **statusError.
type statusKey struct{}

// errorText bounds what is read of an error answer.
const errorText = 4 << 10

func (t statusTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(req)
	if err != nil || res.StatusCode/100 == 2 {
		return res, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, errorText))
	if err != nil {
		return nil, fmt.Errorf("status %d, then: %w", res.StatusCode, err)
	}
	status := &statusError{code: res.StatusCode, text: string(text)}
	if place, ok := req.Context().Value(statusKey{}).(**statusError); ok {
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
	var status *statusError
	err := fn(context.WithValue(ctx, statusKey{}, &status))
	switch {
	case err == nil:
		return nil
	case status == nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrTimeout, err)
	case status == nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case status.code == http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case status.refused():
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// refused reports whether asking again would be answered the same.
func (e *statusError) refused() bool {
	return e.code/100 == 4 && e.code != http.StatusTooManyRequests && e.code != http.StatusRequestTimeout
}

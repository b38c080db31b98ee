package gateway

import (
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
// others into text.
type statusTransport struct{ next http.RoundTripper }

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
	return nil, &statusError{code: res.StatusCode, text: string(text)}
}

// classify adds the sentinel that callers branch on.
func classify(err error) error {
	var status *statusError
	if !errors.As(err, &status) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	switch {
	case status.code == http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case status.code/100 == 4 && status.code != http.StatusTooManyRequests && status.code != http.StatusRequestTimeout:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

package openfaas

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// StatusError is the error of an answer that is not 2xx, or that does not come from an
// OpenFaaS gateway.
type StatusError struct {
	Code      int    // HTTP status
	text      string // beginning of the body
	elsewhere string // URL that was asked, if something else than a gateway answered
}

// WrongAddress reports whether something else than an OpenFaaS gateway answered: with a
// page of HTML, or with 404 for the list of functions.
func (e *StatusError) WrongAddress() bool { return e.elsewhere != "" }

// Error quotes the beginning of the body. It may contain what only an authenticated
// caller may read, so it belongs into a log and not into an answer.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("status %d: %.200q", e.Code, e.text)
	if !e.WrongAddress() {
		return text
	}
	return fmt.Sprintf("gateway_url must be the address of OpenFaaS with its path, and gateway_namespaces, if set, its namespaces: %.200q answered %s", e.elsewhere, text)
}

// statusKey is the context key of a **StatusError, to which Transport assigns.
type statusKey struct{}

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
		return fmt.Errorf("%w: %w", ErrTimeout, short{err})
	case status == nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, short{err})
	case status.WrongAddress():
		return fmt.Errorf("%w: %w", ErrAddress, status)
	case status.Code == http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, short{err})
	case status.Code == http.StatusBadRequest:
		return fmt.Errorf("%w: %w", ErrRefused, short{err})
	case status.denied():
		return fmt.Errorf("%w: %w", ErrDenied, short{err})
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, short{err})
}

// denied reports whether an answer is an ErrDenied: any other 4xx but 401, which is about
// the credentials alone, and 408 and 429, which concern only this moment.
func (e *StatusError) denied() bool {
	switch e.Code {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return e.Code/100 == 4
}

// short is an error of go-sdk with a text of at most maxShort bytes: go-sdk quotes the
// whole of an answer that it cannot decode.
type short struct{ error }

const maxShort = 1000

func (s short) Error() string { return fmt.Sprintf("%.*s", maxShort, s.error.Error()) }

func (s short) Unwrap() error { return s.error }

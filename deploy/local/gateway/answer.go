//go:build unix

package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/openfaas/faas-provider/httputil"
)

// maxBody bounds the bodies of /system requests, in bytes.
const maxBody = 1 << 20

// statusError is an error with the status code of its answer.
type statusError struct {
	code int
	text string
}

// Error is the body of the answer.
func (e *statusError) Error() string { return e.text }

// badRequest returns an error with status 400.
func badRequest(format string, args ...any) error {
	return &statusError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// notFound returns an error with status 404.
func notFound(format string, args ...any) error {
	return &statusError{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

// answer turns the error of a handler into a status code and a text.
// A handler that has written its answer must return nil, because the status is sent by then.
func answer(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			httputil.Errorf(w, statusOf(err), "%s", err)
		}
	}
}

// statusOf returns the status code for an error: its own, 413 for a body that is too
// large, and 500 for any other.
func statusOf(err error) int {
	var status *statusError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &status):
		return status.code
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	default:
		return http.StatusInternalServerError
	}
}

// readBody returns the whole body of a /system request.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		return body, nil
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		// The wrapped error keeps its type, from which statusOf takes the status 413.
		return nil, fmt.Errorf("the body must be at most %d bytes: %w", maxBody, err)
	}
	return nil, badRequest("reading the body: %s", err)
}

// bodyOf reads the body of a /system request and decodes it.
func bodyOf[T any](w http.ResponseWriter, r *http.Request, decode func([]byte) (T, error)) (T, error) {
	body, err := readBody(w, r)
	if err != nil {
		var none T
		return none, err
	}
	return decode(body)
}

// decode reads one JSON value. Unknown fields are ignored: clients send fields that
// not every provider uses.
func decode(body []byte, to any) error {
	if err := json.Unmarshal(body, to); err != nil {
		return badRequest("the body is not the expected JSON: %s", err)
	}
	return nil
}

// writeJSON answers with a value as JSON.
func writeJSON(w http.ResponseWriter, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // a client that is gone needs no answer
	return nil
}

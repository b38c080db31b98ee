package serve

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	handler "github.com/openfaas/templates-sdk/go-http"
)

// Status is the status code of the answer to an error.
type Status struct {
	Err  error
	Code int
}

// Statuses maps errors to status codes. An error that wraps several of them has the
// code of the first.
type Statuses []Status

// Of returns the status code of err: 200 without an error. An error that is not listed
// is transient: 503, so that the caller tries again.
func (s Statuses) Of(err error) int {
	if err == nil {
		return http.StatusOK
	}
	for _, c := range s {
		if errors.Is(err, c.Err) {
			return c.Code
		}
	}
	return http.StatusServiceUnavailable
}

// All returns every code that Of can return, some of them more than once.
func (s Statuses) All() []int {
	all := []int{http.StatusOK, http.StatusServiceUnavailable}
	for _, c := range s {
		all = append(all, c.Code)
	}
	return all
}

// LogLevel returns the level of the log line about a request that was not served: a warning.
// Requests of strangers that are wrong in themselves are for debugging, so that nobody can
// fill the log; the metrics count them.
func LogLevel(caller string, status int) slog.Level {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound,
		http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge:
		if caller == Stranger {
			return slog.LevelDebug
		}
	}
	return slog.LevelWarn
}

// Text returns an answer of one line of text.
func Text(code int, line string) handler.Response {
	return answer(code, "text/plain; charset=utf-8", []byte(line+"\n"))
}

// JSON returns the answer 200 with v as JSON.
func JSON(v any) (handler.Response, error) {
	body, err := json.Marshal(v)
	return answer(http.StatusOK, "application/json", body), err
}

// CSV returns the answer 200 with a table.
func CSV(body []byte) handler.Response { return answer(http.StatusOK, "text/csv", body) }

func answer(code int, media string, body []byte) handler.Response {
	return handler.Response{StatusCode: code, Body: body, Header: http.Header{"Content-Type": {media}}}
}

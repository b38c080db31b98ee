package serve_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"testing"

	"prewarm/shared/serve"
)

func TestTheFirstErrorOfTheTableCounts(t *testing.T) {
	large, broken := errors.New("too large"), errors.New("broken")
	table := serve.Statuses{{Err: large, Code: http.StatusRequestEntityTooLarge}, {Err: broken, Code: http.StatusBadRequest}}
	for _, c := range []struct {
		cause string
		err   error
		want  int
	}{
		{"no error", nil, 200},
		{"an error of the table", broken, 400},
		{"a wrapped one", fmt.Errorf("field x: %w", broken), 400},
		{"two of them", errors.Join(broken, large), 413},
		{"any other error is transient", errors.New("no connection"), 503},
	} {
		if got := table.Of(c.err); got != c.want || !slices.Contains(table.All(), got) {
			t.Errorf("%s: got %d, want %d and it among %v", c.cause, got, c.want, table.All())
		}
	}
}

func TestAnAnswerNamesItsMediaType(t *testing.T) {
	res, err := serve.JSON(map[string]int{"n": 1})
	if err != nil || res.StatusCode != 200 || string(res.Body) != `{"n":1}` || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %+v, %v", res, err)
	}
	if _, err := serve.JSON(math.NaN()); err == nil {
		t.Error("a value that JSON cannot hold needs an error")
	}
	if res := serve.CSV([]byte("a,b\n")); res.StatusCode != 200 || string(res.Body) != "a,b\n" || res.Header.Get("Content-Type") != "text/csv" {
		t.Errorf("got %+v", res)
	}
}

func TestStrangersCannotFillTheLog(t *testing.T) {
	for _, c := range []struct {
		caller string
		status int
		want   slog.Level
	}{
		{serve.Stranger, 400, slog.LevelDebug}, {serve.Stranger, 401, slog.LevelDebug}, {serve.Stranger, 413, slog.LevelDebug},
		{serve.Stranger, 409, slog.LevelWarn}, {serve.Stranger, 503, slog.LevelWarn},
		{serve.Delivery, 401, slog.LevelWarn}, {serve.Delivery, 503, slog.LevelWarn},
	} {
		if got := serve.LogLevel(c.caller, c.status); got != c.want {
			t.Errorf("%s %d: got %v", c.caller, c.status, got)
		}
	}
}

func TestATextIsOneLine(t *testing.T) {
	if res := serve.Text(409, "again"); res.StatusCode != 409 || string(res.Body) != "again\n" || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("got %+v", res)
	}
}

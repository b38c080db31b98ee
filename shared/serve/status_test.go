package serve_test

import (
	"errors"
	"fmt"
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

func TestATextIsOneLine(t *testing.T) {
	if res := serve.Text(409, "again"); res.StatusCode != 409 || string(res.Body) != "again\n" || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("got %+v", res)
	}
}

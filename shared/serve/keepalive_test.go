package serve

import (
	"fmt"
	"net/http"
	"testing"

	handler "github.com/openfaas/templates-sdk/go-http"
)

// of-watchdog keeps its connections to a function, and sends the next call over one of them. The
// body of the first one is not what was proven, and was read to its end.
func TestACallThatWasRefusedLeavesNothingToTheNextOne(t *testing.T) {
	server := open(t, &doored{call: func(r handler.Request) (handler.Response, error) {
		return handler.Response{Body: fmt.Append(nil, r.Context().Err())}, nil
	}}, serverConfig{})
	c := begin(t, server, 4, "body", proven("other"))
	next := func(header string) string {
		return "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 4\r\n" + header + "\r\n\r\nbody"
	}
	for range 200 { // what could be left is left in one of some
		if res, _, closed := c.answer(); res.StatusCode != http.StatusUnauthorized || closed {
			t.Fatalf("got %d, closed %t", res.StatusCode, closed)
		}
		c.send(next(proven("body")))
		if res, body, _ := c.answer(); res.StatusCode != http.StatusOK || body != "<nil>" {
			t.Fatalf("the next call: got %d, context: %s", res.StatusCode, body)
		}
		c.send(next(proven("other")))
	}
}

package testbed

import (
	"io"
	"net/http"
	"testing"
)

// Get sends a GET request and returns the status code and the whole body. The test
// fails at once if there is no answer.
func Get(t testing.TB, address string) (status int, body string) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatalf("get %s: %v", address, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("get %s: %v", address, err)
	}
	return res.StatusCode, string(text)
}

package testbed

import (
	"io"
	"net/http"
	"testing"
)

// Get asks an address, and ends the test where it does not answer.
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

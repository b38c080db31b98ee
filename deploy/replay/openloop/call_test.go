package openloop

import (
	"net/http"
	"testing"
)

// FuzzReadHeaders reads any headers of cold starts. They become sums, which must stay finite.
func FuzzReadHeaders(f *testing.F) {
	f.Add(200, "true", "1.5")
	f.Add(0, "false", "NaN")
	f.Add(-1, "", "1e999")
	f.Fuzz(func(t *testing.T, status int, start, wait string) {
		var res callResult
		res.readHeaders(&http.Response{StatusCode: status, Header: http.Header{HeaderCold: {start}, HeaderColdWait: {wait}}})
		if !(res.wait >= 0 && res.wait < 1e6) {
			t.Errorf("%q was read as %v", wait, res.wait)
		}
		if succeeded := status/100 == 2; succeeded == res.failed {
			t.Errorf("status %d: failed is %t", status, res.failed)
		}
	})
}

//go:build unix

package gateway

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

// FuzzParseCallback reads any text of the header X-Callback-Url. An accepted URL survives the
// way through the queue.
func FuzzParseCallback(f *testing.F) {
	f.Add("http://gateway:8080/function/b")
	f.Add("https://u:p@[fd00::1%25eth0]:1/%2F?x#y")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := parseCallback(text)
		if err != nil || u == nil {
			if err != nil && statusOf(err) != http.StatusBadRequest {
				t.Errorf("status %d for %v", statusOf(err), err)
			}
			return
		}
		u.User = nil // the queue of OpenFaaS does not keep it
		sent, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		var again url.URL
		if err := json.Unmarshal(sent, &again); err != nil || again.String() != u.String() {
			t.Errorf("%q became %v, %v", text, again.String(), err)
		}
	})
}

// FuzzDecodeState reads any state file: a function that is restored passes the checks of a
// request, and saving it again changes nothing.
func FuzzDecodeState(f *testing.F) {
	f.Add([]byte(`{"functions":[{"deployment":{"service":"a","image":"b"},"replicas":3,"created":"2026-01-02T03:04:05Z"}]}`))
	f.Add([]byte(`{"functions":[{"deployment":{"service":"../a","image":"b"},"replicas":18446744073709551615}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		state, err := decodeState(text)
		if err != nil {
			return
		}
		for _, saved := range state.Functions {
			d, err := saved.decode(Standard)
			if err == nil && (!nameExp.MatchString(d.Service) || Standard.clamp(saved.Replicas) > standardReplicas) {
				t.Errorf("restored %+v", d)
			}
		}
		if again, err := json.Marshal(state); err != nil {
			t.Errorf("%s: %v", again, err)
		}
	})
}

package event_test

import (
	"encoding/json"
	"testing"

	"prewarm/shared/event"
)

// Writer and reader agree, and another key or ID changes nothing. Other content does.
func TestADigestNamesTheContent(t *testing.T) {
	seal := func(key string, id, model string) (event.Envelope, event.Envelope) {
		f := &event.Forecasts{Model: model, Forecasts: []event.Forecast{{Function: "hello.fn", StepSeconds: 60, NoData: "none"}}}
		env, body, err := event.Seal(event.NewKeys("", []byte(key)), event.TypeForecasts, 0, id, f)
		if err != nil {
			t.Fatal(err)
		}
		var read event.Envelope
		if err := json.Unmarshal(body, &read); err != nil {
			t.Fatal(err)
		}
		return env, read
	}
	env, read := seal("a key of sixteen bytes", "0", "m1")
	other, _ := seal("b key of sixteen bytes", "1", "m1")
	changed, _ := seal("a key of sixteen bytes", "0", "m2")
	if d := env.Digest(); len(d) != event.DigestLen || d != read.Digest() || d != other.Digest() || d == changed.Digest() {
		t.Errorf("got %s, %s, %s and %s", d, read.Digest(), other.Digest(), changed.Digest())
	}
}

package capacity

import (
	"errors"
	"strings"
	"testing"
)

const posted = `{"requests_per_second":10,"response_bytes":28,"error_share":0,"concurrency":4,"p10_seconds":0.1,"p50_seconds":0.2,"p75_seconds":0.3,"p90_seconds":0.4,"p99_seconds":0.5}`

func TestFeaturesAreReadByName(t *testing.T) {
	x, err := FromJSON([]byte(posted))
	if want := (Vector{10, 28, 0, 4, 0.1, 0.2, 0.3, 0.4, 0.5}); err != nil || x != want {
		t.Errorf("got %v, %v", x, err)
	}
}

func TestWrongFeaturesAreNamed(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{`,"p99_seconds":0.5`, ``, []string{"must be set: p99_seconds"}},
		{`"p99_seconds":0.5`, `"p999_seconds":0.5`, []string{"must be set: p99_seconds", `unknown: ["p999_seconds"]`}},
		{`0.2`, `null`, []string{"p50_seconds must be a finite number, was: null"}},
		{`0.2`, `"NaN"`, []string{`p50_seconds must be a finite number, was: "NaN"`}},
		{`0.2`, `1e999`, []string{"p50_seconds must be a finite number, was: 1e999"}},
		{`:4`, `:-4`, []string{"concurrency must be finite and at least 0, was: -4"}},
		{`:28,"error_share":0`, `:1e300,"error_share":1.5`, []string{"response_bytes must be finite", "error_share must be at most 1, was: 1.5"}},
		{`"p50_seconds":0.2`, `"p50_seconds":0.05`, []string{"p50_seconds must be at least p10_seconds (0.1), was: 0.05"}},
		{`"p99_seconds":0.5`, `"p99_seconds":0`, []string{"p99_seconds must be at least p90_seconds (0.4), was: 0"}},
		{`{`, `{"p99_seconds":0.7,`, []string{"p99_seconds must be given once, was given again: 0.5"}},
		{`{`, `{"p99_seconds":0.5,"color":1,"color":"red",`, []string{"p99_seconds must be given once", `color must be given once, was given again: "red"`, `unknown: ["color"]`}},
		{`{`, `{"\u0070\u0039\u0039_seconds":0.5,`, []string{"p99_seconds must be given once"}},
		{posted, `{}`, []string{"must be set: requests_per_second, response_bytes, error_share, concurrency, p10_seconds"}},
		{posted, `[1]`, []string{"the body must be an object with requests_per_second"}},
		{posted, `null`, []string{"the body must be an object"}},
		{posted, posted + `{}`, []string{"the body must be an object"}},
		{posted, ``, []string{"the body must be an object"}},
	} {
		body := strings.Replace(posted, c.from, c.to, 1)
		_, err := FromJSON([]byte(body))
		for _, want := range c.want {
			if !errors.Is(err, ErrFeatures) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: want %q, got %v", body, want, err)
			}
		}
	}
}

func FuzzFromJSON(f *testing.F) {
	m := madeUp(f)
	f.Add([]byte(posted))
	f.Add([]byte(`{"requests_per_second":1e308,"p10_seconds":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		x, err := FromJSON(body)
		if (err == nil) != (x.Validate() == nil) && err == nil {
			t.Errorf("%q was read as %v", body, x)
		}
		if err != nil {
			return
		}
		if a := m.Predict(x); a.Replicas < 1 || a.Replicas > MaxReplicas || a.Interval[0] > a.Replicas || a.Interval[1] < a.Replicas {
			t.Errorf("%q: %+v", body, a)
		}
	})
}

func TestTheErrorShareIsDefinedForZero(t *testing.T) {
	for _, c := range [][3]float64{{0, 0, 0}, {4, 0, 0}, {0, 4, 1}, {3, 1, 0.25}} {
		if got := ErrorShare(c[0], c[1]); got != c[2] {
			t.Errorf("%v succeeded and %v failed: got %v, want %v", c[0], c[1], got, c[2])
		}
	}
}

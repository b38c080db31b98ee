package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/shared/series"
)

// A call every ten minutes, for six hours.
func timer() string {
	var b strings.Builder
	for m := range 360 {
		fmt.Fprintln(&b, map[bool]int{true: 1}[m%10 == 0])
	}
	return b.String()
}

func TestATimerIsForecastAtItsMinute(t *testing.T) {
	got := prewarmWith(t, nil, "calls\n"+timer(), "forecast", "--steps", "12")
	lines := strings.Split(got.out, "\n")
	if got.code != exitFine || len(lines) < 13 {
		t.Fatalf("code %d, log %q, out %q", got.code, got.log, got.out)
	}
	chance := func(step int) (v float64) {
		fmt.Sscanf(strings.Fields(lines[1+step])[1], "%g", &v)
		return v
	}
	// The last call came in minute 350: the next ones in steps 0 and 10.
	if chance(0) < 50 || chance(10) < 30 || chance(5) > 10 {
		t.Errorf("got\n%s", got.out)
	}
	if got := prewarmWith(t, nil, timer(), "forecast", "-o", "json"); got.code != exitFine || !strings.Contains(got.out, `"p_active"`) {
		t.Errorf("code %d, log %q", got.code, got.log)
	}
}

func TestCountsAreReadWithAndWithoutTimes(t *testing.T) {
	got, err := readCounts(strings.NewReader("time,calls\n2026-01-31T08:00:00Z,3\n2026-01-31T08:01:00Z,-\n1769846520,0\n"), time.Minute)
	if err != nil || !slices.Equal(got.calls, []int32{3, series.NoData, 0}) || got.begin.Unix() != 1769846400 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err = readCounts(strings.NewReader("\ufeff1\r\n2\r\n-1\r\n"), time.Minute); err != nil || !slices.Equal(got.calls, []int32{1, 2, series.NoData}) {
		t.Errorf("got %v, %v", got, err)
	}
	// More than a day: the last day counts, and begins later.
	long := "1769846400,7\n"
	for m := 1; m <= series.MaxSteps; m++ {
		long += fmt.Sprintf("%d,0\n", 1769846400+60*m)
	}
	if got, err = readCounts(strings.NewReader(long), time.Minute); err != nil || len(got.calls) != series.MaxSteps || got.calls[0] != 0 || got.begin.Unix() != 1769846460 {
		t.Errorf("%d steps from %v, %v", len(got.calls), got.begin, err)
	}
}

func TestCountsThatWouldBeReadWronglyAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"1\n-2\n":                      "line 2",
		"1\n1.5\n":                     "line 2",
		"1\n\n2\n":                     "line 2",
		"1\n99999999999\n":             "from 0 to 2147483647",
		"1769846400,1\n3\n":            "all lines must have a time, or none",
		"1769846400,1\n1769846520,1\n": "was: 2m0s after it",
		"1769846401,1\n":               "must be the begin of a step",
		"a,b\nyesterday,1\n":           "RFC 3339",
		"":                             "standard input",
		"1\n2\n":                       "standard input",
		strings.Repeat("9", 70000):     "token too long",
	} {
		got := prewarmWith(t, nil, text, "forecast")
		if got.code != exitFailed || got.out != "" || !strings.Contains(got.log, want) {
			t.Errorf("%.40q: code %d, log %q", text, got.code, got.log)
		}
	}
}

// FuzzReadCounts checks that what is read has the documented form.
func FuzzReadCounts(f *testing.F) {
	f.Add("calls\n1\n2\n")
	f.Add("1769846400,1\n1769846460,-\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readCounts(strings.NewReader(text), time.Minute)
		if err != nil {
			return
		}
		if len(got.calls) > series.MaxSteps || slices.ContainsFunc(got.calls, func(n int32) bool { return n < series.NoData }) {
			t.Errorf("%q: %v", text, got.calls)
		}
		if !got.begin.IsZero() && got.begin.Unix()%60 != 0 {
			t.Errorf("%q: begins at %v", text, got.begin)
		}
	})
}

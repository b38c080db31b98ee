package schedule

import (
	"testing"
	"time"
)

// In Berlin the clock goes from 2:00 to 3:00 on the 28th of March 2027, and from 3:00 back to
// 2:00 on the 31st of October.
var (
	spring = time.Date(2027, 3, 28, 1, 0, 0, 0, time.UTC)
	autumn = time.Date(2027, 10, 31, 1, 0, 0, 0, time.UTC)
)

// around is what a schedule states at some minutes before and after a change of the clock.
type around map[int]string

func (want around) check(t *testing.T, s *Schedule, change time.Time) {
	t.Helper()
	for minutes, bounds := range want {
		at := change.Add(time.Duration(minutes) * time.Minute)
		if got := text(s.At(at, 0)); got != bounds {
			t.Errorf("%+d min (%s): got %s, want %s", minutes, at.In(s.periods[0].zone).Format("15:04 MST"), got, bounds)
		}
	}
}

func TestAPeriodThatBeginsInTheSkippedHourBeginsAtTheChange(t *testing.T) {
	s := parse(t, `{timezone: Europe/Berlin, start: 30 2 * * *, end: 0 4 * * *, minReplicaCount: 2}`)
	around{-1: "-..-", 0: "2..-", 59: "2..-", 60: "-..-"}.check(t, s, spring)
}

func TestAPeriodThatEndsInTheSkippedHourEndsAtTheChange(t *testing.T) {
	s := parse(t, `{timezone: Europe/Berlin, start: 0 22 * * *, end: 30 2 * * *, minReplicaCount: 2}`)
	around{-1: "2..-", 0: "-..-", 12 * 60: "-..-"}.check(t, s, spring)
	s = parse(t, `{timezone: Europe/Berlin, start: 0 1 * * *, duration: 90m, minReplicaCount: 2}`)
	around{-61: "-..-", -60: "2..-", -1: "2..-", 0: "-..-"}.check(t, s, spring)
}

func TestAPeriodWithinTheSkippedHourIsLeftOut(t *testing.T) {
	s := parse(t, `{timezone: Europe/Berlin, start: 15 2 * * *, end: 45 2 * * *, minReplicaCount: 2}`)
	around{-1: "-..-", 0: "-..-", 30: "-..-", 24*60 - 60 + 15: "2..-"}.check(t, s, spring)
}

func TestAPeriodInTheDoubledHourIsThereTwice(t *testing.T) {
	s := parse(t, `{timezone: Europe/Berlin, start: 15 2 * * *, end: 45 2 * * *, minReplicaCount: 2}`)
	around{-46: "-..-", -45: "2..-", -16: "2..-", -15: "-..-", 14: "-..-", 15: "2..-", 44: "2..-", 45: "-..-"}.check(t, s, autumn)
}

func TestAPeriodAcrossTheDoubledHourHasNoGap(t *testing.T) {
	s := parse(t, `{timezone: Europe/Berlin, start: 0 1 * * *, end: 0 3 * * *, maxReplicaCount: 2}`)
	around{-121: "-..-", -120: "-..2", -1: "-..2", 0: "-..2", 59: "-..2", 60: "-..-"}.check(t, s, autumn)
}

func TestReplicasAreThereAtTheChangeOfTheClock(t *testing.T) {
	s := parse(t, `{timezone: Europe/Berlin, start: 30 2 * * *, end: 0 4 * * *, minReplicaCount: 2}`)
	if got := text(s.At(spring.Add(-time.Minute), time.Minute)); got != "2..-" {
		t.Errorf("got %s", got)
	}
	if got := text(s.At(spring.Add(-2*time.Minute), time.Minute)); got != "-..-" {
		t.Errorf("a minute earlier: got %s", got)
	}
	// The clock shows 2:00 again a minute after 2:59, and then no 2:30 for half an hour.
	if got := text(s.At(autumn.Add(-time.Minute), 5*time.Minute)); got != "2..-" {
		t.Errorf("in autumn: got %s", got)
	}
	if got := text(s.At(autumn, 5*time.Minute)); got != "-..-" {
		t.Errorf("after the change in autumn: got %s", got)
	}
}

// The period of each day agrees with a clock that is read minute by minute.
func TestEachMinuteOfTheChangesAgreesWithTheClockOnTheWall(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"} {
		s := parse(t, `{timezone: `+zone+`, start: 30 23 * * *, end: 15 2 * * *, minReplicaCount: 2}`)
		for _, day := range []time.Time{spring, autumn, time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC), time.Date(2011, 12, 30, 10, 0, 0, 0, time.UTC), time.Date(2027, 4, 3, 15, 0, 0, 0, time.UTC)} {
			for m := -24 * 60; m < 24*60; m += 5 {
				at := day.Add(time.Duration(m) * time.Minute)
				shows := at.In(s.periods[0].zone).Format("15:04")
				want := "-..-"
				if shows >= "23:30" || shows < "02:15" {
					want = "2..-"
				}
				if got := text(s.At(at, 0)); got != want {
					t.Fatalf("%s, %s: got %s, want %s", zone, at.In(s.periods[0].zone), got, want)
				}
			}
		}
	}
}

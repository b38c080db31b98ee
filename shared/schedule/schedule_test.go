package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"prewarm/shared/policy"
)

const office = `
- timezone: Europe/Berlin
  start: 0 8 * * 1-5
  end: 0 18 * * 1-5
  minReplicaCount: 3
  maxReplicaCount: 10
`

func parse(t *testing.T, text string) *Schedule {
	t.Helper()
	s, err := Parse("prewarm.schedule", text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// clock returns the moment at which the clock on the wall of a zone shows a time for the first
// time.
func clock(t *testing.T, zone, shows string) time.Time {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", shows, location)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// text states bounds as least..most, with - for none.
func text(b *policy.Scheduled) string {
	one := func(l *policy.Limit) string {
		if l == nil {
			return "-"
		}
		return fmt.Sprint(l.Replicas)
	}
	if b == nil {
		return "-..-"
	}
	return one(b.AtLeast) + ".." + one(b.AtMost)
}

// story is what a schedule states at some times of a zone.
type story map[string]string

func (want story) check(t *testing.T, s *Schedule, zone string, lead time.Duration) {
	t.Helper()
	for shows, bounds := range want {
		if got := text(s.At(clock(t, zone, shows), lead)); got != bounds {
			t.Errorf("%s: got %s, want %s", shows, got, bounds)
		}
	}
}

func TestAPeriodHoldsFromItsStartToItsEnd(t *testing.T) {
	s := parse(t, office)
	story{
		"2026-12-01 07:59:59": "-..-", // Tuesday
		"2026-12-01 08:00:00": "3..10",
		"2026-12-01 12:34:56": "3..10",
		"2026-12-01 17:59:59": "3..10",
		"2026-12-01 18:00:00": "-..-",
		"2026-12-05 12:00:00": "-..-", // Saturday
		"2026-12-07 12:00:00": "3..10",
	}.check(t, s, "Europe/Berlin", 0)
	// 8 o'clock in Berlin is 7 o'clock in UTC.
	story{"2026-12-01 06:59:59": "-..-", "2026-12-01 07:00:00": "3..10"}.check(t, s, "UTC", 0)
}

func TestAPeriodMayLastALength(t *testing.T) {
	s := parse(t, `{timezone: Europe/Berlin, start: 0 8 * * *, duration: 90m, minReplicaCount: 2}`)
	story{
		"2026-12-01 07:59:59": "-..-", "2026-12-01 08:00:00": "2..-", "2026-12-01 09:29:59": "2..-", "2026-12-01 09:30:00": "-..-",
	}.check(t, s, "Europe/Berlin", 0)
	// Each start has a whole length, also if one falls into the length of another.
	s = parse(t, `{timezone: UTC, start: "0 8,10 * * *", duration: 3h, minReplicaCount: 2}`)
	story{
		"2026-12-01 07:59:00": "-..-", "2026-12-01 10:59:00": "2..-", "2026-12-01 12:00:00": "2..-", "2026-12-01 13:00:00": "-..-",
	}.check(t, s, "UTC", 0)
}

func TestAPeriodMayReachOverMidnight(t *testing.T) {
	s := parse(t, `{timezone: America/New_York, start: 0 22 * * *, end: 0 6 * * *, maxReplicaCount: 1}`)
	story{
		"2026-12-01 21:59:59": "-..-", "2026-12-01 22:00:00": "-..1", "2026-12-01 23:59:59": "-..1",
		"2026-12-02 00:00:00": "-..1", "2026-12-02 05:59:59": "-..1", "2026-12-02 06:00:00": "-..-",
	}.check(t, s, "America/New_York", 0)
	// From Friday evening until Monday morning.
	s = parse(t, `{timezone: UTC, start: 0 20 * * 5, end: 0 6 * * 1, maxReplicaCount: 1}`)
	story{
		"2026-12-04 19:59:00": "-..-", "2026-12-04 20:00:00": "-..1", "2026-12-06 12:00:00": "-..1", "2026-12-07 05:59:00": "-..1", "2026-12-07 06:00:00": "-..-",
	}.check(t, s, "UTC", 0)
	// From one year into the next.
	s = parse(t, `{timezone: UTC, start: 0 0 15 11 *, end: 0 0 10 1 *, minReplicaCount: 4}`)
	story{"2026-11-14 23:59:00": "-..-", "2026-11-15 00:00:00": "4..-", "2027-01-09 23:59:00": "4..-", "2027-01-10 00:00:00": "-..-"}.check(t, s, "UTC", 0)
}

func TestAPeriodThatEndsWhenItStartsAgainHasNoGap(t *testing.T) {
	s := parse(t, `{timezone: UTC, start: 0 8 * * 1-5, end: 0 8 * * *, minReplicaCount: 2}`)
	story{
		"2026-12-01 07:59:59": "2..-", "2026-12-01 08:00:00": "2..-", // Tuesday
		"2026-12-05 07:59:59": "2..-", "2026-12-05 08:00:00": "-..-", // Saturday
	}.check(t, s, "UTC", 0)
}

// The second start is at the end of the first one.
func TestAStartAtAnEndBeginsAPeriod(t *testing.T) {
	s := parse(t, `{timezone: UTC, start: "0,30 8 * * *", end: 30 8 * * *, minReplicaCount: 2}`)
	story{"2026-12-01 08:15:00": "2..-", "2026-12-01 08:45:00": "2..-", "2026-12-02 07:00:00": "2..-"}.check(t, s, "UTC", 0)
}

func TestAPeriodMayLastForYears(t *testing.T) {
	s := parse(t, `{timezone: UTC, start: 0 0 1 1 *, end: 0 0 29 2 *, minReplicaCount: 2, excludedDates: [2026-01-01, 2027-01-01, 2028-01-01]}`)
	story{"2027-06-01 12:00:00": "2..-", "2028-02-28 23:59:00": "2..-", "2028-02-29 00:00:00": "-..-"}.check(t, s, "UTC", 0)
}

func TestAnExcludedDateHasNoPeriod(t *testing.T) {
	s := parse(t, office+"  excludedDates: [12-25, 2026-12-28]\n")
	story{
		"2026-12-24 12:00:00": "3..10", // Thursday
		"2026-12-25 12:00:00": "-..-",  // Friday, each year
		"2026-12-28 12:00:00": "-..-",  // Monday
		"2026-12-29 12:00:00": "3..10",
		"2028-12-25 12:00:00": "-..-", // Monday
		"2028-12-28 12:00:00": "3..10",
	}.check(t, s, "Europe/Berlin", 0)
}

func TestAnExcludedDateEndsNoPeriodOfTheDayBefore(t *testing.T) {
	s := parse(t, `{timezone: UTC, start: 0 22 * * *, end: 0 6 * * *, minReplicaCount: 2, excludedDates: "2026-12-25"}`)
	story{
		"2026-12-24 23:00:00": "2..-", "2026-12-25 05:59:00": "2..-", // began on the 24th
		"2026-12-25 06:00:00": "-..-", "2026-12-25 23:00:00": "-..-", "2026-12-26 05:00:00": "-..-", // would begin on the 25th
		"2026-12-26 22:00:00": "2..-",
	}.check(t, s, "UTC", 0)
	// A period that began before an excluded start goes on.
	s = parse(t, `{timezone: UTC, start: 0 8 * * *, end: 0 0 * * 1, minReplicaCount: 2, excludedDates: [2026-12-05, 2026-12-06]}`)
	story{"2026-12-04 08:00:00": "2..-", "2026-12-05 12:00:00": "2..-", "2026-12-06 23:59:00": "2..-", "2026-12-07 00:00:00": "-..-"}.check(t, s, "UTC", 0)
}

func TestTheDateIsThatOfTheTimeZone(t *testing.T) {
	s := parse(t, `{timezone: Pacific/Auckland, start: 0 8 * * *, duration: 1h, minReplicaCount: 2, excludedDates: 2027-01-01}`)
	// 8 o'clock on the 1st of January in Auckland is the evening of the 31st of December in UTC.
	story{"2026-12-31 19:30:00": "-..-", "2027-01-01 19:30:00": "2..-"}.check(t, s, "UTC", 0)
}

func TestAmongPeriodsTheLargestMinimumAndTheSmallestMaximumCount(t *testing.T) {
	s := parse(t, `
- {timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, minReplicaCount: 2, maxReplicaCount: 9}
- {timezone: UTC, start: 0 12 * * *, end: 0 14 * * *, minReplicaCount: 5}
- {timezone: UTC, start: 0 13 * * *, end: 0 15 * * *, maxReplicaCount: 7}
- {timezone: UTC, start: 0 17 * * *, end: 0 19 * * *, minReplicaCount: 1, maxReplicaCount: 20}
`)
	story{
		"2026-12-01 08:00:00": "2..9", "2026-12-01 12:00:00": "5..9", "2026-12-01 13:00:00": "5..7", "2026-12-01 14:00:00": "2..7",
		"2026-12-01 15:00:00": "2..9", "2026-12-01 17:30:00": "2..9", "2026-12-01 18:00:00": "1..20",
	}.check(t, s, "UTC", 0)
}

// The maximum protects what the function calls. Replicas that it holds back cost cold starts.
func TestTheMaximumHoldsBackALargerMinimumOfAnotherPeriod(t *testing.T) {
	s := parse(t, `
- {timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, minReplicaCount: 5}
- {timezone: UTC, start: 0 12 * * *, end: 0 13 * * *, maxReplicaCount: 2}
`)
	story{"2026-12-01 11:59:00": "5..-", "2026-12-01 12:00:00": "2..2", "2026-12-01 13:00:00": "5..-"}.check(t, s, "UTC", 0)
	b := s.At(clock(t, "UTC", "2026-12-01 12:30:00"), 0)
	if !strings.Contains(b.AtLeast.Why, "held back by a smaller maximum") {
		t.Errorf("got %q", b.AtLeast.Why)
	}
}

func TestReplicasAreThereWhenAPeriodBegins(t *testing.T) {
	s := parse(t, office)
	story{
		"2026-12-01 07:58:49": "-..-",
		"2026-12-01 07:58:50": "3..-", // ready within 70 s, and the maximum holds from 8 o'clock
		"2026-12-01 07:59:59": "3..-",
		"2026-12-01 08:00:00": "3..10",
		"2026-12-01 17:59:00": "3..10", // what ends soon holds until then
		"2026-12-01 18:00:00": "-..-",
	}.check(t, s, "Europe/Berlin", 70*time.Second)
	// A period that begins and ends within the lead counts too.
	s = parse(t, `{timezone: UTC, start: 1 8 * * *, end: 2 8 * * *, minReplicaCount: 3}`)
	story{"2026-12-01 07:55:59": "-..-", "2026-12-01 07:56:00": "3..-"}.check(t, s, "UTC", 5*time.Minute)
}

// At night at most one, by day five: at 8 o'clock five are ready.
func TestAMaximumThatEndsHoldsNothingBackForThePeriodAfterIt(t *testing.T) {
	s := parse(t, `
- {timezone: UTC, start: 0 20 * * *, end: 0 8 * * *, maxReplicaCount: 1}
- {timezone: UTC, start: 0 8 * * *, end: 0 20 * * *, minReplicaCount: 5}
`)
	story{"2026-12-01 07:58:00": "-..1", "2026-12-01 07:59:30": "5..1", "2026-12-01 08:00:00": "5..-"}.check(t, s, "UTC", time.Minute)
	// A maximum that goes on beyond the start holds it back there too.
	s = parse(t, `
- {timezone: UTC, start: 0 20 * * *, end: 0 9 * * *, maxReplicaCount: 1}
- {timezone: UTC, start: 0 8 * * *, end: 0 20 * * *, minReplicaCount: 5}
`)
	story{"2026-12-01 07:59:30": "1..1", "2026-12-01 08:59:30": "5..1", "2026-12-01 09:00:00": "5..-"}.check(t, s, "UTC", time.Minute)
}

func TestBoundsNameTheirPeriod(t *testing.T) {
	s := parse(t, office)
	b := s.At(clock(t, "Europe/Berlin", "2026-12-01 12:00:00"), 0)
	want := "until 2026-12-01 18:00 CET (0 8 * * 1-5 Europe/Berlin)"
	if b.AtLeast.Why != want || b.AtMost.Why != want {
		t.Errorf("got %q and %q, want %q", b.AtLeast.Why, b.AtMost.Why, want)
	}
	if end := clock(t, "Europe/Berlin", "2026-12-01 18:00:00").Unix(); b.Until != end {
		t.Errorf("the minimum ends at %d, want %d", b.Until, end)
	}
	b = s.At(clock(t, "Europe/Berlin", "2026-12-01 07:59:00"), time.Minute)
	if want := "from 08:00 " + want; b.AtLeast.Why != want {
		t.Errorf("got %q, want %q", b.AtLeast.Why, want)
	}
}

func TestTheEmptyScheduleBoundsNothing(t *testing.T) {
	for _, s := range []*Schedule{nil, parse(t, "[]")} {
		if b := s.At(time.Unix(1_800_000_000, 0), time.Hour); b != nil {
			t.Errorf("got %+v", b)
		}
	}
}

package schedule

import (
	"strings"
	"testing"
	"time"
)

func TestAnEntryOfKEDAsCronTriggerIsRead(t *testing.T) {
	// From https://keda.sh/docs/latest/scalers/cron, metadata.
	s := parse(t, `
timezone: Asia/Kolkata  # The acceptable values would be a value from the IANA Time Zone Database.
start: 0 6 * * *        # At 6:00 AM
end: 0 20 * * *         # At 8:00 PM
desiredReplicas: "10"
`)
	story{"2026-12-01 05:59:00": "-..-", "2026-12-01 06:00:00": "10..-", "2026-12-01 20:00:00": "-..-"}.check(t, s, "Asia/Kolkata", 0)
}

func TestDatesAreReadInEveryForm(t *testing.T) {
	for _, dates := range []string{"2026-12-25", "12-25", `"12-25, 01-01"`, "[2026-12-25, 01-01]", `["2026-12-25"]`, "\n  - 12-25\n  - 2027-01-01"} {
		s := parse(t, "timezone: UTC\nstart: 0 8 * * *\nduration: 1h\nminReplicaCount: 1\nexcludedDates: "+dates)
		if got := text(s.At(clock(t, "UTC", "2026-12-25 08:30:00"), 0)); got != "-..-" {
			t.Errorf("%s: got %s", dates, got)
		}
	}
}

// Each row is a wrong schedule, by what the error says of it.
func TestAWrongScheduleIsNamed(t *testing.T) {
	const good = "timezone: UTC, start: 0 8 * * *, end: 0 9 * * *, minReplicaCount: 3"
	for _, row := range []struct{ text, want string }{
		{"", `prewarm.schedule must be a list of periods`},
		{"at night", `prewarm.schedule must be a list of periods such as {timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, minReplicaCount: 3}, was: "at night"`},
		{"[8]", `prewarm.schedule[0] must be a period with the fields timezone, start,`},
		{"[", `prewarm.schedule must be a list of periods`},
		{"[{" + good + "}, {" + strings.Replace(good, "UTC", "Berlin", 1) + "}]", `prewarm.schedule[1].timezone must be a time zone of the IANA database, such as Europe/Berlin or UTC, was: "Berlin"`},
		{"{" + strings.Replace(good, "UTC", "Local", 1) + "}", `timezone must be a time zone of the IANA database, such as Europe/Berlin or UTC, was: "Local"`},
		{"{" + strings.Replace(good, "UTC", "../../etc/passwd", 1) + "}", `timezone must be a time zone`},
		{"{" + strings.Replace(good, "timezone: UTC, ", "", 1) + "}", `prewarm.schedule[0].timezone must be a time zone of the IANA database, such as Europe/Berlin or UTC, was: ""`},
		{"{" + strings.Replace(good, "0 8 * * *", "0 25 * * *", 1) + "}", `prewarm.schedule[0].start must be a cron expression of five fields, such as 0 8 * * 1-5, was: "0 25 * * *"`},
		{"{" + strings.Replace(good, "0 8 * * *", "0 0 8 * * *", 1) + "}", `start must be a cron expression of five fields`},
		{"{" + strings.Replace(good, "0 8 * * *", "@daily", 1) + "}", `character that cannot start any token`},
		{"{" + strings.Replace(good, "0 8 * * *", "'@daily'", 1) + "}", `start must be a cron expression of five fields`},
		{"{" + strings.Replace(good, "0 8 * * *", "TZ=Asia/Tokyo", 1) + "}", `start must be a cron expression of five fields, such as 0 8 * * 1-5, of at most 100 characters and without a time zone, was: "TZ=Asia/Tokyo"`},
		{"{" + strings.Replace(good, "0 8 * * *", "0 0 30 2 *", 1) + "}", `start must come true on some day, never does: "0 0 30 2 *"`},
		{"{" + strings.Replace(good, "0 9 * * *", "0 8 * * *", 1) + "}", `prewarm.schedule[0].end must differ from start, was: "0 8 * * *"`},
		{"{" + strings.Replace(good, "end: 0 9 * * *, ", "", 1) + "}", `prewarm.schedule[0].end or prewarm.schedule[0].duration must be set, and only one of them`},
		{"{" + good + ", duration: 1h}", `must be set, and only one of them`},
		{"{" + strings.Replace(good, "end: 0 9 * * *", "duration: 30s", 1) + "}", `duration must be between 1m0s and 168h0m0s, was: 30s`},
		{"{" + strings.Replace(good, "end: 0 9 * * *", "duration: 90s", 1) + "}", `duration must be in whole minutes, was: 1m30s`},
		{"{" + strings.Replace(good, "end: 0 9 * * *", "duration: 169h", 1) + "}", `duration must be between 1m0s and 168h0m0s, was: 169h0m0s`},
		{"{" + strings.Replace(good, ": 3", ": 0", 1) + "}", `minReplicaCount must be between 1 and 10000, was: 0`},
		{"{" + strings.Replace(good, ": 3", ": three", 1) + "}", `minReplicaCount must be a whole number, was: "three"`},
		{"{" + strings.Replace(good, ": 3", ": 10001", 1) + "}", `minReplicaCount must be between 1 and 10000, was: 10001`},
		{"{" + good + ", maxReplicaCount: -1}", `maxReplicaCount must be between 0 and 10000, was: -1`},
		{"{" + good + ", maxReplicaCount: 2}", `prewarm.schedule[0].maxReplicaCount must be at least the minimum 3, was: 2`},
		{"{" + good + ", desiredReplicas: 3}", `mean the same, and only one of them must be set`},
		{"{" + strings.Replace(good, ", minReplicaCount: 3", "", 1) + "}", `prewarm.schedule[0].minReplicaCount or prewarm.schedule[0].maxReplicaCount must be set`},
		{"{" + good + ", minReplicaCount: 4}", `prewarm.schedule[0].minReplicaCount must be set once`},
		{"{" + good + ", replicas: 4, Zone: UTC}", `prewarm.schedule[0].* must be one of timezone, start, end, duration, minReplicaCount, desiredReplicas, maxReplicaCount, excludedDates, was: "Zone", "replicas"`},
		{"{" + good + ", excludedDates: [12-25, 2026-02-30]}", `excludedDates must be dates such as 2027-01-01, or 12-25 for every year, was: "2026-02-30"`},
		{"{" + strings.Replace(good, "0 8 * * *", "0 8 25 12 *", 1) + ", excludedDates: [12-25]}", `prewarm.schedule[0].excludedDates must leave a date on which the period starts, was: "12-25"`},
		{"{" + good + ", excludedDates: [[12-25]]}", `prewarm.schedule[0].excludedDates must be a list of plain values`},
		{"{" + good + ", excludedDates: {a: b}}", `prewarm.schedule[0].excludedDates must be a plain value`},
		{"timezone: UTC\nstart: *x\nend: 0 9 * * *\nminReplicaCount: 3", `unknown anchor`},
		{strings.Repeat(" ", 8193), `prewarm.schedule must have at most 8192 bytes, had: 8193`},
		{strings.Repeat("- {}\n", 33), `prewarm.schedule must have at most 32 periods, had: 33`},
		{"{" + good + ", excludedDates: [" + manyDates(401) + "]}", `excludedDates must be at most 400 dates, were: 401`},
	} {
		_, err := Parse("prewarm.schedule", row.text)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%.100q: got %v, want %q", row.text, err, row.want)
		}
	}
}

// manyDates returns n dates.
func manyDates(n int) string {
	dates := make([]string, n)
	for i := range dates {
		dates[i] = time.Unix(0, 0).AddDate(0, 0, i).UTC().Format(dateFormat)
	}
	return strings.Join(dates, ", ")
}

func TestAllWrongFieldsAreNamedAtOnce(t *testing.T) {
	_, err := Parse("default_schedule", "[{timezone: Nowhere, start: never, end: 0 9 * * *, minReplicaCount: 0}]")
	for _, want := range []string{"default_schedule[0].timezone", "default_schedule[0].start", "default_schedule[0].minReplicaCount must"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(office)
	f.Add(`[{timezone: UTC, start: "*/5 * * * *", duration: 1m, maxReplicaCount: 0, excludedDates: [12-25]}]`)
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("prewarm.schedule", text)
		if err != nil {
			if s != nil || !strings.HasPrefix(err.Error(), "prewarm.schedule") {
				t.Errorf("got %v, %v", s, err)
			}
			return
		}
		for _, at := range []time.Time{spring, autumn, time.Unix(1_800_000_000, 0)} {
			b := s.At(at, 2*time.Minute)
			if b != nil && b.AtLeast != nil && (b.AtLeast.Replicas < 0 || b.AtLeast.Replicas > MaxReplicas || b.Until < at.Unix()) {
				t.Errorf("at %v: got %+v", at, b)
			}
		}
	})
}

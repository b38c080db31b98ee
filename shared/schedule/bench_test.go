package schedule

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkAt measures a schedule as owners write it, and two that take as long as any: 32
// periods that begin once in years, on a date that is excluded otherwise, and one that begins in
// each minute, but not in the last year.
func BenchmarkAt(b *testing.B) {
	rare := "- {timezone: Europe/Berlin, start: 0 0 29 2 *, end: 0 1 29 2 *, maxReplicaCount: 1, excludedDates: [2024-02-29]}\n"
	texts := map[string]string{"office": office, "rare": strings.Repeat(rare, MaxPeriods), "excluded": excludedYear()}
	for name, text := range texts {
		s, err := Parse("prewarm.schedule", text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			now := time.Unix(1_800_000_000, 0)
			for b.Loop() {
				s.At(now, 65*time.Second)
			}
		})
	}
}

// excludedYear returns a period that begins in each minute, but not in the 399 days before the
// time of the benchmark.
func excludedYear() string {
	var dates []string
	for i := range 399 {
		dates = append(dates, time.Unix(1_800_000_000, 0).UTC().AddDate(0, 0, -i).Format(dateFormat))
	}
	return "- {timezone: UTC, start: \"* * * * *\", end: \"*/1 * * * *\", maxReplicaCount: 1, excludedDates: [" + strings.Join(dates, ", ") + "]}\n"
}

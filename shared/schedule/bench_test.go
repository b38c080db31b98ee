package schedule

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkAt measures a schedule as owners write it, and one that takes as long as any: 32
// periods that begin once in years, on a date that is excluded otherwise.
func BenchmarkAt(b *testing.B) {
	rare := "- {timezone: Europe/Berlin, start: 0 0 29 2 *, end: 0 1 29 2 *, maxReplicaCount: 1, excludedDates: [2024-02-29]}\n"
	for name, text := range map[string]string{"office": office, "rare": strings.Repeat(rare, MaxPeriods)} {
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

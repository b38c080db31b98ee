package main

import (
	"context"
	"syscall"
	"testing"
	"time"

	"prewarm/models"
	"prewarm/shared/policy"
	"prewarm/shared/simulate"
)

// BenchmarkDay simulates prewarm over a day of 8 functions of different kinds. cpu-ns/minute is
// the processor time of a minute of a function, forecast and decision; other programs on the
// machine distort it less than the elapsed time.
func BenchmarkDay(b *testing.B) {
	model, err := models.Load()
	if err != nil {
		b.Fatal(err)
	}
	const functions, minutes = 8, 1440
	w := simulate.NewWorkload(mixed(functions, minutes), 1)
	b.ReportAllocs()
	begin := processorTime(b)
	for b.Loop() {
		o, err := simulate.NewOutlook(context.Background(), w, model, func() {})
		if err != nil {
			b.Fatal(err)
		}
		p := simulate.NewPrewarm(o, policy.DefaultConfig(), false)
		if err := simulate.Run(context.Background(), w, p, simulate.NewScorer(w)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-begin).Nanoseconds())/float64(b.N*functions*minutes), "cpu-ns/minute")
}

// processorTime returns the processor time of this process.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

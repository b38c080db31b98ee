package event_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/klauspost/compress/s2"

	"prewarm/shared/event"
	"prewarm/shared/series"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// BenchmarkForms compares the forms in which a window of a day of minutes can travel, for
// functions of the Azure trace by the share of their steps that are active: the bytes of one
// function in a message and after the compression of the streams, and the processor time to seal and open
// it. The form "delta" sends the four newest steps alone, as a reader with memory needs them.
func BenchmarkForms(b *testing.B) {
	days := traceDays(b)
	for _, activity := range []struct {
		name        string
		least, most int // active steps of a day
	}{{"asleep", 0, 1}, {"1%", 10, 20}, {"10%", 120, 170}, {"every-minute", 1400, 1440}} {
		batch := batchOf(days, activity.least, activity.most)
		for _, form := range []string{"dense", "sparse", "delta"} {
			b.Run(activity.name+"/"+form, func(b *testing.B) { benchmarkForm(b, form, batch) })
		}
	}
}

// traceDays returns the calls of each function in a day of the trace.
func traceDays(b *testing.B) [][]int32 {
	b.Helper()
	read, err := trace.Open(testbed.Traces(b, "azure2019"))
	if err != nil {
		b.Fatal(err)
	}
	var days [][]int32
	for _, f := range read.Functions {
		for at := 0; at+trace.MinutesPerDay <= len(f.Counts); at += trace.MinutesPerDay {
			days = append(days, f.Counts[at:at+trace.MinutesPerDay])
		}
	}
	return days
}

// batchOf returns 20 windows of days with so many active steps. Calls take a tenth of a second
// and more, with four decimals, as the collector rounds them.
func batchOf(days [][]int32, least, most int) *event.Windows {
	batch := &event.Windows{}
	for _, counts := range days {
		w, active := series.Window{StepSeconds: 60, Start: 1_800_000_000, Counts: counts, BusySeconds: make([]float32, len(counts))}, 0
		for i, c := range counts {
			if c > 0 {
				active++
				w.BusySeconds[i] = float32(int(c)*(1000+(i*7919)%997)) / 1e4
			}
		}
		if active >= least && active <= most {
			batch.Windows = append(batch.Windows, event.FunctionWindow{Function: fmt.Sprintf("function-%d.openfaas-fn", len(batch.Windows)), Concurrency: 1, Window: w})
		}
		if len(batch.Windows) == 20 {
			break
		}
	}
	return batch
}

func benchmarkForm(b *testing.B, form string, batch *event.Windows) {
	if len(batch.Windows) == 0 {
		b.Skip("the trace has no such function")
	}
	var payload event.Payload = batch
	if form == "delta" {
		tails := &event.Windows{}
		for _, w := range batch.Windows {
			w.Window = w.Tail(4)
			tails.Windows = append(tails.Windows, w)
		}
		payload = tails
	}
	var body []byte
	began := testbed.CPU()
	for range b.N {
		sent := payload
		if form == "dense" {
			text, err := json.Marshal(batch)
			if err != nil {
				b.Fatal(err)
			}
			sent = raw(text)
		}
		var err error
		if _, body, err = event.Seal(key, event.TypeWindows, batch.Windows[0].End(), "0", sent); err != nil {
			b.Fatal(err)
		}
		if _, err = event.Open(key, event.TypeWindows, body, &event.Windows{}); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(len(batch.Windows))
	b.ReportMetric(float64(len(body))/n, "B/function")
	b.ReportMetric(float64(len(s2.Encode(nil, body)))/n, "stored-B/function")
	b.ReportMetric(float64((testbed.CPU()-began).Microseconds())/float64(b.N)/n, "cpu-µs/function")
	b.ReportMetric(0, "ns/op")
}

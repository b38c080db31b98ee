package trace

import (
	"fmt"
	"io/fs"
)

// Bounds of a row of memory. An application of more than a tebibyte, or with more samples
// than a year has milliseconds, has another content than its heading says.
const (
	maxMemoryMB = 1 << 20
	maxSamples  = MaxMinutes * 60 * 1000
)

// memoryMean is the memory of one application.
type memoryMean struct{ mean, samples float64 } // mean in megabytes

// addMemory joins the memory files, which are in megabytes and have an application per
// row, to the functions: each function has the mean of its application. The mean over
// several rows, of one day or of several, is weighted by their samples. An application
// without a row keeps the memory 0, which means unknown.
func (t *Trace) addMemory(fsys fs.FS, sheets []sheet, o Options) error {
	of := map[azureKey]memoryMean{}
	for _, s := range sheets {
		table, err := openTable(fsys, s, o)
		if err != nil {
			return err
		}
		table.lost = &o.summary.BadMemory
		err = table.readMemory(of)
		table.source.Close()
		if err != nil {
			return err
		}
	}
	for i := range t.Functions {
		f := &t.Functions[i]
		f.MemoryMB = of[azureKey{owner: f.Owner, app: f.App}].mean
	}
	return nil
}

// readMemory adds the rows of one memory file to the applications in of, whose keys have
// no function.
func (t *table) readMemory(of map[azureKey]memoryMean) error {
	columns, err := t.columns([]string{"HashOwner", "HashApp", "SampleCount", "AverageAllocatedMb"})
	if err != nil {
		return err
	}
	return t.each(func(record []string) error {
		samples, err := t.within(record, columns[2], "samples", 1, maxSamples)
		if err != nil {
			return err
		}
		mean, err := t.within(record, columns[3], "megabytes", 1, maxMemoryMB)
		if err != nil {
			return err
		}
		key := azureKey{owner: record[columns[0]], app: record[columns[1]]}
		of[key] = of[key].with(mean, samples)
		return nil
	})
}

// within reads cell i as a number of a unit within bounds.
func (t *table) within(record []string, i int, unit string, least, most float64) (float64, error) {
	v, err := t.number(record, i)
	if err == nil && (v < least || v > most) {
		err = t.badCell(i, record[i], fmt.Sprintf("must be %s, %.0f to %.0f", unit, least, most))
	}
	return v, err
}

// with returns m with one more row in its mean:
//
//	mean' = mean + (mean of the row - mean) * samples of the row / all samples
//
// The mean of a single row is not rounded.
func (m memoryMean) with(mean, samples float64) memoryMean {
	m.samples += samples
	m.mean += (mean - m.mean) * samples / m.samples
	return m
}

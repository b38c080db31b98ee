package rival

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"prewarm/shared/simulate"
)

// BoostedOdds holds the probability of a call for each function and minute of a workload,
// predicted from the minutes before it. Policies of different cost ratios share it. It is
// not changed once made.
type BoostedOdds struct {
	minutes [][]float32 // minute, function; 0 before the first call
}

// NewBoostedOdds predicts every minute of w, on all processors, and calls tick after each.
// folds has the fold of each function, 0 to BoostedFolds-1: its forest has not seen the owner
// of the function. NewBoostedOdds ends early with the error of ctx. It panics if folds has
// another length than the functions.
//
// The trees are trained before and do not change: a probability depends on the minutes
// before it alone.
func NewBoostedOdds(ctx context.Context, w *simulate.Workload, m *BoostedModel, folds []int, tick func()) (*BoostedOdds, error) {
	if len(folds) != len(w.Functions) {
		panic(fmt.Sprintf("rival: %d folds for %d functions", len(folds), len(w.Functions)))
	}
	b := &oddsBuilder{model: m, folds: folds, pasts: NewBoostedPasts(len(folds)), parts: make([]oddsPart, runtime.GOMAXPROCS(0)), tick: tick}
	// Run as a policy, so that only the minutes before each can be seen.
	if err := simulate.Run(ctx, w, b); err != nil {
		return nil, err
	}
	return &BoostedOdds{minutes: b.minutes}, nil
}

// oddsBuilder predicts minute by minute.
type oddsBuilder struct {
	model   *BoostedModel
	folds   []int // by function
	pasts   *BoostedPasts
	parts   []oddsPart
	minutes [][]float32
	tick    func()
}

// oddsPart is what one goroutine predicts: rows, and the function of each, by fold.
type oddsPart struct {
	rows      [BoostedFolds][]float32
	functions [BoostedFolds][]int
	logits    []float32
}

// Name implements simulate.Policy.
func (*oddsBuilder) Name() string { return "boosted" }

// Warm implements simulate.Policy: it predicts the minute and keeps nothing warm.
func (b *oddsBuilder) Warm(warm []int32, h simulate.History) {
	odds := make([]float32, len(warm))
	b.minutes = append(b.minutes, odds)
	var wait sync.WaitGroup
	for i := range b.parts {
		wait.Go(func() {
			b.parts[i].read(b, h, i*len(odds)/len(b.parts), (i+1)*len(odds)/len(b.parts))
			b.parts[i].predict(odds, b.model)
		})
	}
	wait.Wait()
	b.tick()
}

// read writes the rows of the functions from, ..., to-1.
func (p *oddsPart) read(b *oddsBuilder, h simulate.History, from, to int) {
	for k := range p.rows {
		p.rows[k], p.functions[k] = p.rows[k][:0], p.functions[k][:0]
	}
	var row [BoostedColumns]float32
	for f := from; f < to; f++ {
		if k := b.folds[f]; b.pasts.Row(row[:], h, f) {
			p.rows[k], p.functions[k] = append(p.rows[k], row[:]...), append(p.functions[k], f)
		}
	}
}

// predict writes the probabilities of the functions that have a row.
func (p *oddsPart) predict(odds []float32, m *BoostedModel) {
	for k, functions := range p.functions {
		if n := len(functions); n > len(p.logits) {
			p.logits = make([]float32, 2*n)
		}
		for i, logit := range m.Folds[k].Predict(p.logits, p.rows[k]) {
			odds[functions[i]] = float32(1 / (1 + math.Exp(-float64(logit))))
		}
	}
}

// Probability returns the probability of a call of function f in minute m, 0 before its
// first call.
func (o *BoostedOdds) Probability(f, m int) float64 { return float64(o.minutes[m][f]) }

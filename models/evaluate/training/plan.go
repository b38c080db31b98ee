// Package training trains the models that an evaluation compares, and keeps
// them: a model that was trained on the same data, with the same options and
// by the same code is read from a file.
package training

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"prewarm/shared/forecast/fit"
)

// Plan is one training.
type Plan struct {
	Name    string // begin of its file's name
	Options fit.Options
	Tasks   []fit.Task // also those that Options.Split leaves out
}

// Budget is how long a model is trained: the fields of fit.Options.
type Budget struct{ Updates, Examples int }

// FoldBudget returns the budget of the models of an evaluation, of which there
// are many.
func FoldBudget() Budget { return Budget{Updates: 500, Examples: 160_000} }

// Options returns the options of the shipped model with another seed, split
// and budget.
func (b Budget) Options(seed uint64, split func(owner string) fit.Group) fit.Options {
	o := fit.Defaults(seed)
	o.Updates, o.Examples, o.Split = b.Updates, b.Examples, split
	return o
}

// ForestsAlone returns the plan of the same training with the forests alone, on
// the gap columns.
func (p Plan) ForestsAlone() Plan {
	p.Name += "-forests"
	p.Options = p.Options.ForestsAlone()
	return p
}

// ForestsOnAll returns the plan of the same training with the forests alone, on
// all columns.
func (p Plan) ForestsOnAll() Plan {
	p.Name += "-forests-on-all"
	p.Options = p.Options.ForestsOnAll()
	return p
}

// WithoutLSTM returns the plan of the same training with an LSTM that says
// nothing.
func (p Plan) WithoutLSTM() Plan {
	p.Name += "-without-lstm"
	p.Options.WithoutLSTM = true
	return p
}

// key identifies all that the trained model depends on: code, options, and of
// each function its group, identity and counts.
func (p Plan) key(code string) string {
	h := sha256.New()
	o := p.Options
	o.Split, o.Progress = nil, nil // what else there is are numbers, which %+v writes
	fmt.Fprintf(h, "%s\n%+v\n", code, o)
	for _, t := range p.Tasks {
		group := fit.GroupOf(t.Owner)
		if p.Options.Split != nil {
			group = p.Options.Split(t.Owner)
		}
		fmt.Fprintln(h, group, t.Owner, t.Name, t.Phase, len(t.Counts))
		if err := binary.Write(h, binary.LittleEndian, t.Counts); err != nil {
			panic(err) // a hash takes everything
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Package training trains the models that an evaluation compares and keeps them
// in files. A model of the same data, options and code is read from its file.
package training

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"prewarm/models/train/fit"
)

// Plan is one model to train.
type Plan struct {
	Name    string // prefix of its file's name
	Options fit.Options
	Tasks   []fit.Task // all of them: Options.Split leaves out the test group
}

// Budget is how long a model is trained: two fields of fit.Options.
type Budget struct{ Updates, Examples int }

// FoldBudget returns the budget of the models of an evaluation. It is smaller than
// that of the shipped model, since an evaluation trains dozens of models.
func FoldBudget() Budget { return Budget{Updates: 500, Examples: 160_000} }

// Options returns the options of the shipped model with another seed, split and
// budget.
func (b Budget) Options(seed uint64, split func(owner string) fit.Group) fit.Options {
	o := fit.Defaults(seed)
	o.Updates, o.Examples, o.Split = b.Updates, b.Examples, split
	return o
}

// ForestsAlone returns the plan of the same training with forests alone, on the
// gap columns.
func (p Plan) ForestsAlone() Plan { return p.with("-forests", p.Options.ForestsAlone()) }

// ForestsOnAll returns the plan of the same training with forests alone, on all
// columns.
func (p Plan) ForestsOnAll() Plan { return p.with("-forests-on-all", p.Options.ForestsOnAll()) }

// WithoutLSTM returns the plan of the same training with an LSTM that has the same
// output for every window.
func (p Plan) WithoutLSTM() Plan {
	p.Options.WithoutLSTM = true
	return p.with("-without-lstm", p.Options)
}

// with returns the plan with other options and a suffix to its name. p is a copy.
func (p Plan) with(suffix string, o fit.Options) Plan {
	p.Name, p.Options = p.Name+suffix, o
	return p
}

// key identifies everything that the trained model depends on: code, options,
// and the group, identity and counts of each function. Progress is left out, and
// Split enters by the groups that it gives.
func (p Plan) key(code string) string {
	h := sha256.New()
	o := p.Options
	o.Split, o.Progress = nil, nil // the other fields are numbers, which %+v writes
	fmt.Fprintf(h, "%s\n%+v\n", code, o)
	for _, t := range p.Tasks {
		group := fit.GroupOf(t.Owner)
		if p.Options.Split != nil {
			group = p.Options.Split(t.Owner)
		}
		fmt.Fprintln(h, group, t.Owner, t.Name, t.Phase, len(t.Counts))
		if err := binary.Write(h, binary.LittleEndian, t.Counts); err != nil {
			panic(err) // a hash never fails
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

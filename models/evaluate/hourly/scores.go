package hourly

import (
	"math/rand/v2"
	"slices"

	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/rate"
)

// draws is the number of bootstrap samples of functions.
const draws = 400

// Scores holds what each method got wrong, function by function.
type Scores struct {
	names     []string
	functions []function
}

// function is one function and the errors of each method on it.
type function struct {
	name   string
	class  rate.Class
	sparse bool
	errors []metric.Errors // by method
}

func (s *Scores) begin(name string, class rate.Class, sparse bool) {
	s.functions = append(s.functions, function{name: name, class: class, sparse: sparse, errors: make([]metric.Errors, len(s.names))})
}

// add takes what a method says of the function begun last.
func (s *Scores) add(name string, said float64, came int) {
	at := slices.Index(s.names, name)
	if at < 0 {
		at, s.names = len(s.names), append(s.names, name)
		for i := range s.functions {
			s.functions[i].errors = append(s.functions[i].errors, metric.Errors{})
		}
	}
	s.functions[len(s.functions)-1].errors[at].Add(said, float64(came))
}

// sum adds up the errors of a method on the functions that keep is true of, each
// as often as times says, once where it is nil.
func (s *Scores) sum(method int, keep func(*function) bool, times []float64) (sum metric.Errors) {
	for i := range s.functions {
		n := 1.0
		if times != nil {
			n = times[i]
		}
		if f := &s.functions[i]; n > 0 && keep(f) {
			sum.Join(f.errors[method], n)
		}
	}
	return sum
}

// all returns the errors of the first method on all functions.
func (s *Scores) all() metric.Errors {
	if len(s.names) == 0 {
		return metric.Errors{}
	}
	return s.sum(0, everything, nil)
}

func everything(*function) bool { return true }
func sparse(f *function) bool   { return f.sparse }

// Row is what one method scored on a group of functions.
type Row struct {
	Name   string  `json:"name"`
	RMSE   float64 `json:"rmse"`
	R2     float64 `json:"r2"`
	Within float64 `json:"within_half"`
	// How much higher the R2 of the hourly model is; of itself this is 0.
	Gain metric.Interval `json:"hourly_model_r2_above"`
}

// Group is the scores on a group of functions.
type Group struct {
	Name      string `json:"name"`
	Functions int    `json:"functions"`
	N         int    `json:"hours"`
	Rows      []Row  `json:"methods"`
	// Adapted is how much higher the R2 of the adapted network is than that of
	// the same network without.
	Adapted metric.Interval `json:"adaptation_r2_above"`
}

// Groups returns the scores on all functions, on the sparse ones, and by class.
func (s *Scores) Groups() []Group {
	groups := []Group{s.group("all", everything), s.group("sparse", sparse)}
	for class := range rate.Class(rate.Classes) {
		g := s.group(class.String()+" active minutes a day", func(f *function) bool { return f.class == class })
		if g.N > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func (s *Scores) group(name string, keep func(*function) bool) Group {
	g := Group{Name: name}
	for i := range s.functions {
		if f := &s.functions[i]; keep(f) && f.errors[0].N > 0 {
			g.Functions++
			g.N += int(f.errors[0].N)
		}
	}
	if g.N == 0 {
		return g
	}
	// The same samples for every method.
	b := metric.NewBootstrap(len(s.functions), 1, draws, rand.New(rand.NewPCG(1, 0)))
	above := func(better, than int) metric.Interval {
		x, y := b.Pair(1, func(times []float64, _ int) (float64, float64) {
			return s.sum(better, keep, times).R2(), s.sum(than, keep, times).R2()
		})
		return x.Above(y)
	}
	refined, adapted, plain := slices.Index(s.names, Refined), slices.Index(s.names, Adapted), slices.Index(s.names, Plain)
	for i, name := range s.names {
		e := s.sum(i, keep, nil)
		g.Rows = append(g.Rows, Row{Name: name, RMSE: e.RMSE(), R2: e.R2(), Within: e.Within(), Gain: above(refined, i)})
	}
	g.Adapted = above(adapted, plain)
	return g
}

package hourly

import (
	"math/rand/v2"
	"slices"

	"prewarm/models/evaluate/metric"
)

// FunctionErrors holds the errors of each method on each function, in the order in
// which methods and functions were added. All methods have errors in the same
// hours. The zero value is empty; Groups needs at least one hour.
type FunctionErrors struct {
	methods   []string
	errors    [][]metric.ErrorSums // per method and function
	functions []function
}

// function is what a function is grouped by.
type function struct {
	class  metric.RateClass
	sparse bool
}

// begin appends a function, to which add then refers.
func (e *FunctionErrors) begin(class metric.RateClass, sparse bool) {
	e.functions = append(e.functions, function{class, sparse})
	// Every method gets an entry, so that all slices have one element per function,
	// also if no hour is scored.
	for m := range e.errors {
		e.errors[m] = append(e.errors[m], metric.ErrorSums{})
	}
}

// add adds a prediction of a method for the last function. A name that is new
// appends a method.
func (e *FunctionErrors) add(name string, predicted float64, observed int) {
	m := slices.Index(e.methods, name)
	if m < 0 {
		m, e.methods = len(e.methods), append(e.methods, name)
		e.errors = append(e.errors, make([]metric.ErrorSums, len(e.functions)))
	}
	e.errors[m][len(e.functions)-1].Add(predicted, float64(observed))
}

// everything and sparse select functions for a Group.
func everything(function) bool { return true }
func sparse(f function) bool   { return f.sparse }

// MethodScores are the scores of one method on a group of functions.
type MethodScores struct {
	Name string `json:"name"`
	metric.Accuracy
	// Gain is how much higher the R2 of the hourly model is; 0 for itself.
	Gain metric.Interval `json:"hourly_model_r2_above"`
}

// Group is the scores on a group of functions.
type Group struct {
	Name      string         `json:"name"`
	Functions int            `json:"functions"`
	N         int            `json:"hours"`
	Methods   []MethodScores `json:"methods"`
	// Adapted is how much higher the R2 of the LSTM is with adaptation than
	// without.
	Adapted metric.Interval `json:"adaptation_r2_above"`
}

// Groups returns the scores on all functions, on the sparse ones, and by rate
// class. Classes without a scored hour are left out.
func (e *FunctionErrors) Groups() []Group {
	groups := []Group{e.group("all", everything), e.group("sparse", sparse)}
	for class := range metric.RateClass(metric.RateClasses) {
		g := e.group(class.String()+" active minutes a day", func(f function) bool { return f.class == class })
		if g.N > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// group returns the scores on the functions for which keep returns true and that
// have a scored hour. The samples draw from all functions, so that every group has
// the same ones; functions outside of the group do not count.
func (e *FunctionErrors) group(name string, keep func(function) bool) Group {
	g := Group{Name: name}
	var kept []int
	for i, f := range e.functions {
		// The first method stands for all: they have errors in the same hours.
		if n := e.errors[0][i].N; keep(f) && n > 0 {
			kept = append(kept, i)
			g.N += int(n)
		}
	}
	if g.Functions = len(kept); g.Functions == 0 {
		return g
	}
	accuracy := func(method int, times []float64) metric.Accuracy {
		return metric.Sum(e.errors[method], kept, times).Accuracy()
	}
	// A fixed seed: equal data gives equal intervals in every run.
	samples := metric.NewBootstrap(len(e.functions), 1, rand.New(rand.NewPCG(1, 0)))
	above := func(better, than int) metric.Interval {
		x, y := samples.Pair(1, func(times []float64, _ int) (float64, float64) {
			return accuracy(better, times).R2, accuracy(than, times).R2
		})
		return x.Above(y)
	}
	refined := slices.Index(e.methods, Refined)
	for m, name := range e.methods {
		g.Methods = append(g.Methods, MethodScores{name, accuracy(m, nil), above(refined, m)})
	}
	g.Adapted = above(slices.Index(e.methods, Adapted), slices.Index(e.methods, Plain))
	return g
}

// method returns the scores of a method.
func (g Group) method(name string) MethodScores {
	return g.Methods[slices.IndexFunc(g.Methods, func(m MethodScores) bool { return m.Name == name })]
}

// bestBaseline returns the scores of the baseline with the highest R2. Parts of
// trained models are not baselines.
func (g Group) bestBaseline() MethodScores {
	best := g.Methods[0]
	for _, m := range g.Methods {
		trained := slices.Contains([]string{Present, Renewal, Plain, Adapted, Refined}, m.Name)
		if !trained && m.R2 > best.R2 {
			best = m
		}
	}
	return best
}

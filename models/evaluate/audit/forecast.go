package audit

import (
	"context"
	"errors"
	"math/rand/v2"

	"prewarm/shared/forest"
)

// ForecastAudit is what the protocols score on one data set.
type ForecastAudit struct {
	Data   string `json:"data"`
	Source string `json:"source,omitempty"` // and licence
	Dense  int    `json:"dense_series"`
	Sparse int    `json:"sparse_series"`
	Steps  []Step `json:"steps"`
}

// Step is what one protocol scores.
type Step struct {
	Name     string   `json:"name"`
	Protocol Protocol `json:"protocol"`
	N        int      `json:"n"`
	Errors   Errors   `json:"errors"`          // in cold starts
	Scaled   Errors   `json:"scaled"`          // in the units of the scaler
	Network  Errors   `json:"network_alone"`   // in cold starts, without the forest
	Mean     Errors   `json:"mean_of_3_hours"` // in cold starts, of the mean of the look-back
	// GivenAway is the share of rows whose scaled look-back tells the target: see
	// row.givenAway.
	GivenAway float64   `json:"given_away"`
	Few       FewPoints `json:"8_points"` // in cold starts
	FewScaled FewPoints `json:"8_points_scaled"`
}

// steps go from the published protocol to the one without leaks, one at a time,
// and then back to each of the first two alone.
func steps() []Step {
	return []Step{
		{Name: "as published", Protocol: Protocol{ScalerSeesTarget: true, ForestSeesTarget: true, ActiveHoursOnly: true}},
		{Name: "forest on held-out rows", Protocol: Protocol{ScalerSeesTarget: true, ActiveHoursOnly: true}},
		{Name: "and scaler on the past", Protocol: Protocol{ActiveHoursOnly: true}},
		{Name: "and all hours: nothing leaks", Protocol: Protocol{}},
		{Name: "nothing leaks but the scaler sees the target", Protocol: Protocol{ScalerSeesTarget: true}},
		{Name: "nothing leaks but the forest is scored on its training rows", Protocol: Protocol{ForestSeesTarget: true}},
	}
}

func auditForecast(ctx context.Context, name string, d Data, seed uint64) (*ForecastAudit, error) {
	f := &ForecastAudit{Data: name, Source: d.Source, Dense: len(d.Dense), Sparse: len(d.Sparse), Steps: steps()}
	stated := map[Protocol]*stage{} // protocols that differ in the forest share a network
	for i := range f.Steps {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s := &f.Steps[i]
		network := s.Protocol
		network.ForestSeesTarget = false
		if stated[network] == nil {
			var err error
			if stated[network], err = network.state(d, rand.New(rand.NewPCG(seed, 0))); err != nil {
				return nil, err
			}
		}
		if err := s.run(stated[network], rand.New(rand.NewPCG(seed, 1))); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// stage is what the network said of the sparse rows, scaled.
type stage struct{ early, late said }

type said struct {
	rows  []row
	state []float64
}

// errFew means that there are too few series or hours.
var errFew = errors.New("no rows to learn from or to score")

// state trains the network on the dense series and lets it state the sparse
// ones.
func (p Protocol) state(d Data, rng *rand.Rand) (*stage, error) {
	dense, sparse := p.rows(d.Dense), p.rows(d.Sparse)
	if len(dense) == 0 {
		return nil, errFew
	}
	var g stage
	for i, state := range metaTrain(dense, rng).states(sparse) {
		part := &g.early
		if sparse[i].late {
			part = &g.late
		}
		part.rows, part.state = append(part.rows, sparse[i]), append(part.state, state)
	}
	if len(g.early.rows) == 0 || len(g.late.rows) == 0 {
		return nil, errFew
	}
	return &g, nil
}

// run trains the forest, and scores it on the late rows.
func (s *Step) run(g *stage, rng *rand.Rand) error {
	learn := g.early
	if s.Protocol.ForestSeesTarget {
		learn = g.late
	}
	refined, err := refine(learn, g.late, rng)
	if err != nil {
		return err
	}
	s.score(g.late, refined, rng)
	return nil
}

// refine trains a forest on learn, and returns its scaled forecasts for held. It has the defaults of scikit-learn's
// RandomForestRegressor: 100 trees to the last leaf, all features.
func refine(learn, held said, rng *rand.Rand) ([]float64, error) {
	y := make([]float32, len(learn.rows))
	for i, r := range learn.rows {
		y[i] = float32(r.scaled(r.target))
	}
	f, err := forest.TrainRegressor(forest.Config{Trees: 100}, learn.features(), 1+lookBack, y, rng)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(held.rows))
	for i, v := range f.Predict(make([]float32, len(out)), held.features()) {
		out[i] = float64(v)
	}
	return out, nil
}

// features are what the network said and the scaled look-back.
func (s said) features() []float32 {
	x := make([]float32, 0, len(s.rows)*(1+lookBack))
	for i, r := range s.rows {
		x = append(x, float32(s.state[i]))
		for _, v := range r.past {
			x = append(x, float32(r.scaled(v)))
		}
	}
	return x
}

// score compares the forecasts with what came, both as they are and scaled.
func (s *Step) score(late said, refined []float64, rng *rand.Rand) {
	n := len(late.rows)
	came, scaledCame := make([]float64, n), make([]float64, n)
	given := 0.0
	full, alone, mean := make([]float64, n), make([]float64, n), make([]float64, n)
	for i, r := range late.rows {
		came[i], scaledCame[i] = r.target, r.scaled(r.target)
		full[i] = r.low + r.span*refined[i]
		alone[i] = r.low + r.span*late.state[i]
		for _, v := range r.past {
			mean[i] += v / lookBack
		}
		if s.Protocol.ScalerSeesTarget && r.givenAway() {
			given++
		}
	}
	s.N, s.GivenAway = n, given/float64(n)
	s.Errors, s.Scaled = errorsOf(full, came), errorsOf(refined, scaledCame)
	s.Network, s.Mean = errorsOf(alone, came), errorsOf(mean, came)
	s.Few, s.FewScaled = drawFew(full, came, rng), drawFew(refined, scaledCame, rng)
}

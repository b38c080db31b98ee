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
	for i := range f.Steps {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := f.Steps[i].run(d, rand.New(rand.NewPCG(seed, 0))); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// errFew means that there are too few series or hours.
var errFew = errors.New("no rows to learn from or to score")

// run trains network and forest, and scores the late rows of the sparse series.
func (s *Step) run(d Data, rng *rand.Rand) error {
	dense, sparse := s.Protocol.rows(d.Dense), s.Protocol.rows(d.Sparse)
	early, late := halves(sparse)
	if len(dense) == 0 || len(early) == 0 || len(late) == 0 {
		return errFew
	}
	stated := metaTrain(dense, rng).states(sparse)
	said := make(map[bool][]float64) // the network's forecasts, by late
	for i, r := range sparse {
		said[r.late] = append(said[r.late], stated[i])
	}
	learn, learnSaid := early, said[false]
	if s.Protocol.ForestSeesTarget {
		learn, learnSaid = late, said[true]
	}
	refined, err := refine(learn, learnSaid, late, said[true], rng)
	if err != nil {
		return err
	}
	s.score(late, said[true], refined, rng)
	return nil
}

// refine trains a forest on rows and what the network said of them, and returns
// its scaled forecasts for others. It has the defaults of scikit-learn's
// RandomForestRegressor: 100 trees to the last leaf, all features.
func refine(learn []row, learnSaid []float64, rows []row, said []float64, rng *rand.Rand) ([]float64, error) {
	y := make([]float32, len(learn))
	for i, r := range learn {
		y[i] = float32(r.scaled(r.target))
	}
	f, err := forest.TrainRegressor(forest.Config{Trees: 100}, features(learn, learnSaid), 1+lookBack, y, rng)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(rows))
	for i, v := range f.Predict(make([]float32, len(rows)), features(rows, said)) {
		out[i] = float64(v)
	}
	return out, nil
}

// features are what the network said and the scaled look-back.
func features(rows []row, said []float64) []float32 {
	x := make([]float32, 0, len(rows)*(1+lookBack))
	for i, r := range rows {
		x = append(x, float32(said[i]))
		for _, v := range r.past {
			x = append(x, float32(r.scaled(v)))
		}
	}
	return x
}

// score compares the forecasts with what came, both as they are and scaled.
func (s *Step) score(rows []row, network, refined []float64, rng *rand.Rand) {
	n := len(rows)
	came, scaledCame := make([]float64, n), make([]float64, n)
	given := 0.0
	said, alone, mean := make([]float64, n), make([]float64, n), make([]float64, n)
	for i, r := range rows {
		came[i], scaledCame[i] = r.target, r.scaled(r.target)
		said[i] = r.low + r.span*refined[i]
		alone[i] = r.low + r.span*network[i]
		for _, v := range r.past {
			mean[i] += v / lookBack
		}
		if s.Protocol.ScalerSeesTarget && r.givenAway() {
			given++
		}
	}
	s.N, s.GivenAway = n, given/float64(n)
	s.Errors, s.Scaled = errorsOf(said, came), errorsOf(refined, scaledCame)
	s.Network, s.Mean = errorsOf(alone, came), errorsOf(mean, came)
	s.Few, s.FewScaled = drawFew(said, came, rng), drawFew(refined, scaledCame, rng)
}

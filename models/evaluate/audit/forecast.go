package audit

import (
	"context"
	"errors"
	"math/rand/v2"

	"prewarm/models/evaluate/metric"
	"prewarm/shared/forest"
)

// ForecastAudit holds the scores of all protocols on one data set.
type ForecastAudit struct {
	Data      string           `json:"data"`
	Source    string           `json:"source,omitempty"` // and licence
	Dense     int              `json:"dense_series"`
	Sparse    int              `json:"sparse_series"`
	Protocols []ProtocolScores `json:"steps"`
}

// ProtocolScores are the scores of one protocol. N rows are scored.
type ProtocolScores struct {
	Name     string          `json:"name"`
	Protocol Protocol        `json:"protocol"`
	N        int             `json:"n"`
	Errors   metric.Accuracy `json:"errors"`          // in cold starts
	Scaled   metric.Accuracy `json:"scaled"`          // in units of the scaler
	Network  metric.Accuracy `json:"network_alone"`   // in cold starts, without the forest
	Mean     metric.Accuracy `json:"mean_of_3_hours"` // in cold starts, of the mean of the look-back
	// Revealed is the share of rows whose scaled look-back gives the target, see
	// row.reveals.
	Revealed     float64     `json:"given_away"`
	Sample       SmallSample `json:"8_points"` // in cold starts
	SampleScaled SmallSample `json:"8_points_scaled"`
}

// protocols returns the published protocol and the same with one leak closed
// after the other, then the protocols that have one of the first two leaks alone.
// The order of the first four matters: the report prints the change of R2 from one
// to the next.
func protocols() []ProtocolScores {
	return []ProtocolScores{
		{Name: "as published", Protocol: Protocol{ScalerSeesTarget: true, ForestSeesTarget: true, ActiveHoursOnly: true}},
		{Name: "forest on held-out rows", Protocol: Protocol{ScalerSeesTarget: true, ActiveHoursOnly: true}},
		{Name: "and scaler on the past", Protocol: Protocol{ActiveHoursOnly: true}},
		{Name: "and all hours: nothing leaks", Protocol: Protocol{}},
		{Name: "nothing leaks but the scaler sees the target", Protocol: Protocol{ScalerSeesTarget: true}},
		{Name: "nothing leaks but the forest is scored on its training rows", Protocol: Protocol{ForestSeesTarget: true}},
	}
}

// auditForecast scores all protocols on one data set. Protocols that differ in the
// forest alone share a network, and all of them have the same seeds.
func auditForecast(ctx context.Context, name string, d Data, seed uint64) (*ForecastAudit, error) {
	f := &ForecastAudit{Data: name, Source: d.Source, Dense: len(d.Dense), Sparse: len(d.Sparse), Protocols: protocols()}
	networks := map[Protocol]*networkOutput{}
	for i := range f.Protocols {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s := &f.Protocols[i]
		network := s.Protocol
		// The key of the network: the forest is trained after it and does not change
		// it.
		network.ForestSeesTarget = false
		if networks[network] == nil {
			out, err := network.trainNetwork(d, rand.New(rand.NewPCG(seed, 0)))
			if err != nil {
				return nil, err
			}
			networks[network] = out
		}
		// The second source begins anew for each protocol, so that forests and
		// samples differ by the protocol alone.
		if err := s.trainForest(networks[network], rand.New(rand.NewPCG(seed, 1))); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// networkOutput is the sparse rows with the predictions of the network: the early
// ones, to which the network was adapted and which the forest is trained on, and
// the late ones, which are scored.
type networkOutput struct{ early, late predictedRows }

// predictedRows are rows and the network's scaled prediction for each.
type predictedRows struct {
	rows    []row
	network []float64
}

// errTooFew means that there are too few series or hours to train or to score.
var errTooFew = errors.New("no rows to learn from or to score")

// trainNetwork trains the network on the dense series and predicts the sparse ones.
// The network never leaks: it is adapted to early rows alone. What may leak is the
// scaler of its rows, which is part of the protocol.
func (p Protocol) trainNetwork(d Data, rng *rand.Rand) (*networkOutput, error) {
	dense, sparse := p.rows(d.Dense), p.rows(d.Sparse)
	if len(dense) == 0 {
		return nil, errTooFew
	}
	var out networkOutput
	for i, predicted := range metaTrain(dense, rng).predict(sparse) {
		part := &out.early
		if sparse[i].late {
			part = &out.late
		}
		part.rows, part.network = append(part.rows, sparse[i]), append(part.network, predicted)
	}
	if len(out.early.rows) == 0 || len(out.late.rows) == 0 {
		return nil, errTooFew
	}
	return &out, nil
}

// trainForest trains the forest on the early rows, or on the late ones if the
// protocol has that leak, and scores the late ones. The rows that are scored are
// the same in both cases.
func (s *ProtocolScores) trainForest(n *networkOutput, rng *rand.Rand) error {
	learn := n.early
	if s.Protocol.ForestSeesTarget {
		learn = n.late
	}
	refined, err := refine(learn, n.late, rng)
	if err != nil {
		return err
	}
	s.score(n.late, refined, rng)
	return nil
}

// refine trains a forest on learn and returns its scaled predictions for held. The
// forest has the defaults of scikit-learn's RandomForestRegressor: 100 trees to
// the last leaf, all features at each split.
func refine(learn, held predictedRows, rng *rand.Rand) ([]float64, error) {
	y := make([]float32, len(learn.rows))
	for i, r := range learn.rows {
		y[i] = float32(r.scaled(r.target))
	}
	f, err := forest.TrainRegressor(forest.Config{Trees: 100}, learn.features(), 1+lookBack, y, rng)
	if err != nil {
		return nil, err
	}
	refined := make([]float64, len(held.rows))
	for i, v := range f.Predict(make([]float32, len(refined)), held.features()) {
		refined[i] = float64(v)
	}
	return refined, nil
}

// features returns the columns of the forest, row by row: the network's prediction
// and the scaled look-back.
func (p predictedRows) features() []float32 {
	x := make([]float32, 0, len(p.rows)*(1+lookBack))
	for i, r := range p.rows {
		x = append(x, float32(p.network[i]))
		for _, v := range r.history {
			x = append(x, float32(r.scaled(v)))
		}
	}
	return x
}

// score compares the predictions with the targets, in cold starts and in units of
// the scaler. With a leaking scaler the two differ: its units depend on the target,
// so that a large error of a large target looks small.
func (s *ProtocolScores) score(late predictedRows, refined []float64, rng *rand.Rand) {
	n := len(late.rows)
	target, scaledTarget := make([]float64, n), make([]float64, n)
	full, network, mean := make([]float64, n), make([]float64, n), make([]float64, n)
	revealed := 0.0
	for i, r := range late.rows {
		target[i], scaledTarget[i] = r.target, r.scaled(r.target)
		// Back to cold starts by the inverse of row.scaled.
		full[i] = r.low + r.span*refined[i]
		network[i] = r.low + r.span*late.network[i]
		for _, v := range r.history {
			mean[i] += v / lookBack
		}
		revealed += metric.Indicator(s.Protocol.ScalerSeesTarget && r.reveals())
	}
	s.N, s.Revealed = n, revealed/float64(n)
	s.Errors, s.Scaled = accuracyOf(full, target), accuracyOf(refined, scaledTarget)
	s.Network, s.Mean = accuracyOf(network, target), accuracyOf(mean, target)
	s.Sample, s.SampleScaled = scoreSamples(full, target, rng), scoreSamples(refined, scaledTarget, rng)
}

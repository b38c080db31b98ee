package event

import (
	"encoding/json"
	"fmt"

	"prewarm/shared/series"
)

// sparseForecasts is Forecasts as it is sealed.
type sparseForecasts struct {
	Model     string           `json:"model"`
	Forecasts []sparseForecast `json:"forecasts"`
}

// sparseForecast is a Forecast with its lists in Sparse, or in the dense form of earlier
// versions. The lists stand before those of the embedded forecast, so that they can be left
// out.
type sparseForecast struct {
	Forecast
	PActive []Prob       `json:"p_active,omitempty"`
	NeedQ50 []int32      `json:"need_q50,omitempty"`
	NeedQ90 []int32      `json:"need_q90,omitempty"`
	NeedQ95 []int32      `json:"need_q95,omitempty"`
	NeedQ99 []int32      `json:"need_q99,omitempty"`
	Recent  []int32      `json:"recent,omitempty"`
	Sparse  *sparseLists `json:"sparse,omitempty"`
}

// sparseLists are the lists of a forecast and its observation, each as series.Runs. Unknown
// holds the unknown steps of Recent, which are 0 there.
type sparseLists struct {
	PActive    []int32       `json:"p_active,omitempty"` // in ten-thousandths, rounded as Prob is
	NeedQ50    []int32       `json:"need_q50,omitempty"`
	NeedQ90    []int32       `json:"need_q90,omitempty"`
	NeedQ95    []int32       `json:"need_q95,omitempty"`
	NeedQ99    []int32       `json:"need_q99,omitempty"`
	Recent     []int32       `json:"recent,omitempty"`
	Unknown    []series.Span `json:"unknown,omitempty"`
	RecentLoad []Load        `json:"recent_load,omitempty"`
}

func (f *Forecasts) compact() any {
	out := sparseForecasts{f.Model, make([]sparseForecast, len(f.Forecasts))}
	for i := range f.Forecasts {
		one := f.Forecasts[i]
		out.Forecasts[i] = sparseForecast{Forecast: one, Sparse: one.sparse()}
		out.Forecasts[i].RecentLoad = nil
	}
	return out
}

// sparse returns the lists of f, which is valid, in the form in which they travel.
func (f *Forecast) sparse() *sparseLists {
	active, recent := make([]int32, len(f.PActive)), make([]int32, len(f.Recent))
	for h, p := range f.PActive {
		active[h] = p.parts()
	}
	for i, n := range f.Recent {
		recent[i] = max(0, n)
	}
	return &sparseLists{
		PActive: series.Runs(active), NeedQ50: series.Runs(f.NeedQ50), NeedQ90: series.Runs(f.NeedQ90), NeedQ95: series.Runs(f.NeedQ95),
		NeedQ99: series.Runs(f.NeedQ99), Recent: series.Runs(recent), RecentLoad: series.Runs(f.RecentLoad),
		Unknown: series.SpansOf(f.Recent, series.NoData),
	}
}

// UnmarshalJSON reads the sparse form and the dense one.
func (f *Forecasts) UnmarshalJSON(text []byte) error {
	var in sparseForecasts
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	// Before the forecasts take the memory of their dense form.
	if len(in.Forecasts) > MaxBatch {
		return checkLength("forecasts", len(in.Forecasts))
	}
	f.Model, f.Forecasts = in.Model, make([]Forecast, len(in.Forecasts))
	for i := range in.Forecasts {
		dense, err := in.Forecasts[i].dense()
		if err != nil {
			return fmt.Errorf("forecasts[%d].%w", i, err)
		}
		f.Forecasts[i] = dense
	}
	return nil
}

// dense returns the forecast with its lists.
func (s *sparseForecast) dense() (Forecast, error) {
	out := s.Forecast
	out.PActive, out.NeedQ50, out.NeedQ90, out.NeedQ95, out.NeedQ99, out.Recent = s.PActive, s.NeedQ50, s.NeedQ90, s.NeedQ95, s.NeedQ99, s.Recent
	if s.Sparse == nil {
		return out, nil
	}
	if n := len(s.PActive) + len(s.NeedQ50) + len(s.NeedQ90) + len(s.NeedQ95) + len(s.NeedQ99) + len(s.Recent) + len(s.RecentLoad); n > 0 {
		return out, fmt.Errorf("sparse must stand alone, the lists beside it had: %d values", n)
	}
	if err := s.Sparse.dense(&out); err != nil {
		return out, fmt.Errorf("sparse.%w", err)
	}
	return out, nil
}

// dense sets the lists of f.
func (s *sparseLists) dense(f *Forecast) error {
	for _, list := range []struct {
		name string
		runs []int32
		dst  *[]int32
		most int
	}{
		{"need_q50", s.NeedQ50, &f.NeedQ50, Horizons}, {"need_q90", s.NeedQ90, &f.NeedQ90, Horizons}, {"need_q95", s.NeedQ95, &f.NeedQ95, Horizons},
		{"need_q99", s.NeedQ99, &f.NeedQ99, Horizons}, {"recent", s.Recent, &f.Recent, maxRecent},
	} {
		var err error
		if *list.dst, err = series.FromRuns(list.name, list.runs, list.most); err != nil {
			return err
		}
	}
	return s.denseRest(f)
}

// denseRest sets the lists that are not whole numbers, and the unknown steps of recent.
func (s *sparseLists) denseRest(f *Forecast) (err error) {
	if f.RecentLoad, err = series.FromRuns("recent_load", s.RecentLoad, maxRecent); err != nil {
		return err
	}
	active, err := series.FromRuns("p_active", s.PActive, Horizons)
	if err != nil {
		return err
	}
	f.PActive = nil
	for _, parts := range active {
		f.PActive = append(f.PActive, probOf(parts))
	}
	if err := series.CheckSpans("unknown", s.Unknown, len(f.Recent)); err != nil {
		return err
	}
	for _, span := range s.Unknown {
		for i := span[0]; i < span[1]; i++ {
			f.Recent[i] = series.NoData
		}
	}
	return nil
}

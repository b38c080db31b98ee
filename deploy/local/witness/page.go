package witness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Page is what the savings page of the dashboard shows of one function in mode active.
type Page struct {
	Sums
	Skipped int // steps that were not compared
}

// ReadPage reads the savings from the API of a dashboard, by function.
func ReadPage(ctx context.Context, dashboard string) (map[string]Page, error) {
	return get(ctx, dashboard+"/api/savings?range=day", decodePage)
}

// decodePage decodes the answer to ReadPage.
func decodePage(body io.Reader) (map[string]Page, error) {
	var answer struct {
		Functions []struct {
			Function string
			Active   struct {
				Steps, Need, Cold, Idle int
				Skipped                 int `json:"steps_skipped"`
				ColdKeepAlive           int `json:"cold_keep_alive"`
				IdleKeepAlive           int `json:"idle_keep_alive"`
			}
		}
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return nil, err
	}
	pages := map[string]Page{}
	for _, f := range answer.Functions {
		a := f.Active
		pages[f.Function] = Page{Skipped: a.Skipped, Sums: Sums{
			Steps: a.Steps, Need: a.Need, Cold: a.Cold, Idle: a.Idle, ColdKeepAlive: a.ColdKeepAlive, IdleKeepAlive: a.IdleKeepAlive,
		}}
	}
	return pages, nil
}

// Past is what the page of one function shows of its last steps, oldest first. -1 stands
// for an unknown number.
type Past struct {
	Step      []int64 `json:"step"` // begin, Unix seconds
	Need      []int   `json:"need"`
	Estimated []bool  `json:"estimated"` // the need was not measured as a whole and for this step alone
	Replicas  []int   `json:"reported"`
	Cold      []int   `json:"cold"`
}

// ReadPast reads the history of a function from the API of a dashboard.
func ReadPast(ctx context.Context, dashboard, function string) (Past, error) {
	return get(ctx, dashboard+"/api/function?function="+function, decodePast)
}

// decodePast decodes the answer to ReadPast.
func decodePast(body io.Reader) (Past, error) {
	var answer struct{ Past Past }
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return Past{}, err
	}
	p := answer.Past
	if n := len(p.Step); len(p.Need) != n || len(p.Estimated) != n || len(p.Replicas) != n || len(p.Cold) != n {
		return Past{}, errors.New("the columns of the history must have one length")
	}
	return p, nil
}

// get reads an answer of the API.
func get[T any](ctx context.Context, address string, decode func(io.Reader) (T, error)) (none T, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return none, fmt.Errorf("dashboard: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return none, fmt.Errorf("dashboard: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return none, fmt.Errorf("dashboard: %s answered %s", address, response.Status)
	}
	answer, err := decode(response.Body)
	if err != nil {
		return none, fmt.Errorf("dashboard: %s: %w", address, err)
	}
	return answer, nil
}

package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const name = "f.openfaas-fn"

// dashboard serves the pages of one function.
type dashboard struct {
	past    Past
	savings string
}

func (d *dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/savings" {
		_, _ = io.WriteString(w, d.savings)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"past": d.past})
}

// story is a function with three steps: a cold call, an idle step, and a decision at the
// begin of the third.
func story(t *testing.T) (*Record, *dashboard, Terms) {
	var r Record
	r.Replicas(name, at(0.5), 1, 1)
	r.Call(name, at(0.4), at(0.6))
	r.Replicas(name, at(2.1), 0, 0)
	begin := begin.Unix()
	d := &dashboard{
		past:    Past{Step: []int64{begin, begin + 60, begin + 120}, Need: []int{1, 0, -1}, Estimated: make([]bool, 3), Replicas: []int{0, 1, 0}, Cold: []int{1, 0, -1}},
		savings: `{"functions":[{"function":"` + name + `","active":{"steps":2,"steps_skipped":1,"need":1,"cold":1,"idle":1,"cold_keep_alive":1,"idle_keep_alive":1}}]}`,
	}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return &r, d, Terms{Dashboard: server.URL, Step: time.Minute, KeepAlive: 1, Concurrency: 1}
}

func TestAPageThatShowsWhatHappenedAgrees(t *testing.T) {
	r, _, terms := story(t)
	c, err := r.Compare(t.Context(), terms, name, at(2))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Sums{Steps: 2, Need: 1, Cold: 1, Idle: 1, ColdKeepAlive: 1, IdleKeepAlive: 1}); c.Count != want || c.Page.Sums != want || c.Page.Skipped != 1 {
		t.Errorf("page %+v, count %+v, want %+v", c.Page, c.Count, want)
	}
	if !c.Agree() {
		t.Errorf("page and count do not agree:\n%v", c)
	}
}

func TestAPageThatHidesIdleTimeOrColdStartsDoesNotAgree(t *testing.T) {
	c := Comparison{Count: Sums{Steps: 9, Cold: 2, Idle: 100, ColdKeepAlive: 2, IdleKeepAlive: 100}}
	for _, page := range []struct {
		Sums
		agrees bool
	}{
		{Sums{Steps: 9, Cold: 2, Idle: 100, ColdKeepAlive: 2, IdleKeepAlive: 100}, true},
		{Sums{Steps: 9, Cold: 1, Idle: 95, ColdKeepAlive: 3, IdleKeepAlive: 105}, true},
		{Sums{Steps: 7, Cold: 2, Idle: 100, ColdKeepAlive: 2, IdleKeepAlive: 100}, false},
		{Sums{Steps: 9, Cold: 0, Idle: 100, ColdKeepAlive: 2, IdleKeepAlive: 100}, false},
		{Sums{Steps: 9, Cold: 2, Idle: 94, ColdKeepAlive: 2, IdleKeepAlive: 100}, false},
		{Sums{Steps: 9, Cold: 2, Idle: 100, ColdKeepAlive: 4, IdleKeepAlive: 100}, false},
		{Sums{Steps: 9, Cold: 2, Idle: 100, ColdKeepAlive: 2, IdleKeepAlive: 106}, false},
	} {
		if c.Page.Sums = page.Sums; c.Agree() != page.agrees {
			t.Errorf("%+v: agrees is %t", page.Sums, !page.agrees)
		}
	}
}

func TestAPageThatLagsIsNotCompared(t *testing.T) {
	r, d, terms := story(t)
	d.past.Estimated[1] = true
	if _, err := r.Compare(t.Context(), terms, name, at(2)); !errors.Is(err, ErrUnsettled) {
		t.Errorf("an estimated need: got %v", err)
	}
	d.past.Estimated[1] = false
	if _, err := r.Compare(t.Context(), terms, name, at(3)); !errors.Is(err, ErrUnsettled) {
		t.Errorf("steps up to the fourth: got %v", err)
	}
}

func TestAnAnswerThatCannotBeReadIsAnError(t *testing.T) {
	r, d, terms := story(t)
	d.savings = "{"
	if _, err := r.Compare(t.Context(), terms, name, at(2)); err == nil || !strings.Contains(err.Error(), "/api/savings") {
		t.Errorf("got %v", err)
	}
	d.past.Need = d.past.Need[1:]
	if _, err := r.Compare(t.Context(), terms, name, at(2)); err == nil || !strings.Contains(err.Error(), "must have one length") {
		t.Errorf("got %v", err)
	}
}

// A call ends when its answer was read, and also if there is none.
func TestATransportRecordsCallsOfFunctions(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		if strings.HasPrefix(r.URL.Path, "/function/f/slow") {
			<-release
		}
	}))
	defer server.Close()
	var r Record
	client := http.Client{Transport: r.Transport(http.DefaultTransport)}
	get := func(path string) *http.Response {
		res, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	slow := get("/function/f/slow?x=1")
	if n := len(r.callsOf(name)); n != 0 {
		t.Errorf("%d calls have ended, but the answer is not read", n)
	}
	close(release)
	_, _ = io.ReadAll(slow.Body)
	_ = slow.Body.Close()
	_ = get("/function/f.openfaas-fn").Body.Close()
	_ = get("/system/functions").Body.Close()
	_, err := client.Get("http://127.0.0.1:1/function/f")
	if calls := r.callsOf(name); len(calls) != 3 || err == nil || calls[0].end.Before(calls[0].begin) {
		t.Errorf("recorded %v, %v", fmt.Sprint(calls), err)
	}
}

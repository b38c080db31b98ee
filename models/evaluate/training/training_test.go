package training

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/models/train/fit"
	"prewarm/shared/cli"
	"prewarm/shared/forest"
	"prewarm/shared/nn/dense"
)

// plan returns a plan that trains in a moment.
func plan(seed uint64) Plan {
	o := Budget{Updates: 2, Examples: 160}.Options(seed, fit.Fold(0, 5))
	o.Hidden, o.SaveEvery = 4, 1
	o.Forest = forest.Config{Trees: 4, MaxLeafs: 20, MinLeaf: 2, Features: 6, Cuts: 20}
	o.Need, o.Cold = o.Forest, o.Forest
	o.Dense = dense.Config{Hidden: 3, Updates: 20, Batch: 16, Rate: 1e-2}
	rng := rand.New(rand.NewPCG(1, 2))
	p := Plan{Name: fmt.Sprintf("seed-%d", seed), Options: o}
	for i := range 40 {
		t := fit.Task{Owner: fmt.Sprintf("u%d", i), Name: fmt.Sprintf("f%d", i), Counts: make([]int32, 400)}
		for m := rng.IntN(20); m < len(t.Counts); m += 5 + i%20 {
			t.Counts[m] = int32(1 + rng.IntN(3))
		}
		p.Tasks = append(p.Tasks, t)
	}
	return p
}

// versions returns the versions of the models of plans.
func versions(t *testing.T, c Cache, plans ...Plan) []string {
	t.Helper()
	models, err := c.Models(t.Context(), plans)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range models {
		all = append(all, m.Version())
	}
	return all
}

// The second call reads the models from their files. Plans that differ have
// different models.
func TestModelsAreTrainedOnce(t *testing.T) {
	var log bytes.Buffer
	c := Cache{Dir: filepath.Join(t.TempDir(), "created", "by-the-cache"), Code: "1", Log: &log}
	plans := []Plan{plan(1), plan(2), plan(1).ForestsAlone()}
	first := versions(t, c, plans...)
	if first[0] == first[1] || first[0] == first[2] {
		t.Errorf("different plans have the same model: %v", first)
	}
	if !strings.Contains(log.String(), "train 3 models: 100 %") {
		t.Errorf("progress:\n%s", log.String())
	}
	log.Reset()
	if again := versions(t, c, plans...); fmt.Sprint(again) != fmt.Sprint(first) || log.Len() > 0 {
		t.Errorf("got %v, want %v; log %q", again, first, log.String())
	}
	if left, _ := filepath.Glob(filepath.Join(c.Dir, "*.checkpoint")); len(left) > 0 {
		t.Errorf("checkpoints remain: %v", left)
	}
}

// The key differs if anything differs that the model depends on, and does not
// depend on anything else.
func TestKeyIdentifiesTheTraining(t *testing.T) {
	want := plan(1).key("code")
	for what, change := range map[string]func(p *Plan, code *string){
		"code":        func(_ *Plan, code *string) { *code = "other code" },
		"seed":        func(p *Plan, _ *string) { p.Options.Seed = 2 },
		"budget":      func(p *Plan, _ *string) { p.Options.Updates++ },
		"forests":     func(p *Plan, _ *string) { p.Options.Forest.Trees++ },
		"networks":    func(p *Plan, _ *string) { p.Options.WithoutLSTM = true },
		"parts":       func(p *Plan, _ *string) { p.Options.WithoutDense = true },
		"columns":     func(p *Plan, _ *string) { p.Options.GapColumnsOnly = true },
		"dense":       func(p *Plan, _ *string) { p.Options.Dense.Updates++ },
		"fold":        func(p *Plan, _ *string) { p.Options.Split = fit.Fold(1, 5) },
		"no fold":     func(p *Plan, _ *string) { p.Options.Split = nil },
		"counts":      func(p *Plan, _ *string) { p.Tasks[3].Counts[7]++ },
		"owner":       func(p *Plan, _ *string) { p.Tasks[3].Owner = "someone" },
		"fewer tasks": func(p *Plan, _ *string) { p.Tasks = p.Tasks[1:] },
	} {
		p, code := plan(1), "code"
		change(&p, &code)
		if p.key(code) == want {
			t.Errorf("with other %s the key is the same", what)
		}
	}
	p := plan(1)
	p.Options.Progress = func(string, int, int, float64) {}
	if p.key("code") != want {
		t.Error("the key depends on the progress function")
	}
}

// stopping is a log that ends a context after a number of bytes.
type stopping struct {
	after  int
	cancel context.CancelFunc
}

func (s *stopping) Write(p []byte) (int, error) {
	if s.after -= len(p); s.after < 0 {
		s.cancel()
	}
	return len(p), nil
}

// After an interrupt the next call continues from the checkpoint, and its model is
// the same as without the interrupt.
func TestInterruptedTrainingContinues(t *testing.T) {
	want := versions(t, Cache{Dir: t.TempDir(), Log: &bytes.Buffer{}}, plan(1))
	ctx, cancel := context.WithCancel(t.Context())
	c := Cache{Dir: t.TempDir(), Log: &stopping{30, cancel}}
	if _, err := c.Models(ctx, []Plan{plan(1)}); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "continues from there") {
		t.Fatalf("got %v", err)
	}
	if kept, _ := filepath.Glob(filepath.Join(c.Dir, "*.checkpoint")); len(kept) != 1 {
		t.Errorf("kept %v", kept)
	}
	c.Log = &bytes.Buffer{}
	if got := versions(t, c, plan(1)); got[0] != want[0] {
		t.Error("the resumed model differs")
	}
}

func TestFileThatIsNoModelIsNamed(t *testing.T) {
	c := Cache{Dir: t.TempDir(), Code: "1", Log: &bytes.Buffer{}}
	path := c.path(plan(1), ".bin")
	if err := os.WriteFile(path, []byte("broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Models(t.Context(), []Plan{plan(1)}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

// A single function is not enough for all groups.
func TestFailingTrainingIsNamed(t *testing.T) {
	p := plan(1)
	p.Tasks = p.Tasks[:1]
	c := Cache{Dir: t.TempDir(), Log: &bytes.Buffer{}}
	if _, err := c.Models(t.Context(), []Plan{p}); err == nil || !strings.Contains(err.Error(), "seed-1: fit: group") {
		t.Errorf("got %v", err)
	}
}

// Three networks are 60 of 100 steps; a stage that cannot be counted moves nothing,
// and the end moves the bar to 100.
func TestProgressIsTheSumOfItsStages(t *testing.T) {
	var log bytes.Buffer
	bar := cli.NewBar(&log, "train", trainingSteps)
	p := &progress{bar: bar}
	for _, stage := range []string{"a", "b", "c"} {
		for done := range 10 {
			p.report(stage, done+1, 10, 0.5)
		}
	}
	p.report("refiner", 0, 1, 0)
	if !strings.HasSuffix(log.String(), "60 % (60 of 100)\n") {
		t.Errorf("after three networks:\n%s", log.String())
	}
	p.finish()
	if !strings.HasSuffix(log.String(), "100 % (100 of 100)\n") {
		t.Errorf("at the end:\n%s", log.String())
	}
}

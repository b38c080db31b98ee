package policy_test

import (
	"math"
	"strings"
	"testing"
	"time"

	keys "prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// usual is a function of 128 MiB that takes 2 s to start: 7.68 GB·s against 200 GB·s.
var usual = policy.Costs{Memory: 128 << 20, Step: time.Minute, Start: 2 * time.Second, WaitPrice: 100}

func TestTheCostRatioFollowsFromThePrices(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*policy.Costs)
		want   float64
	}{
		{"7.68 over 200 GB·s", func(*policy.Costs) {}, 0.0384},
		{"twice the memory costs twice as much to keep", func(c *policy.Costs) { c.Memory *= 2 }, 0.0768},
		{"twice the wait is worth twice the idle time", func(c *policy.Costs) { c.Start *= 2 }, 0.0192},
		{"a step of a second costs a sixtieth", func(c *policy.Costs) { c.Step = time.Second }, 0.0384 / 60},
		{"waiting is worth less", func(c *policy.Costs) { c.WaitPrice = 50 }, 0.0768},
		{"ready at once: never worth an idle replica", func(c *policy.Costs) { c.Start = 0 }, policy.MostRatio},
		{"a terabyte", func(c *policy.Costs) { c.Memory = 1 << 40 }, policy.MostRatio},
		{"hours to start", func(c *policy.Costs) { c.Start = 10 * time.Hour }, policy.LeastRatio},
	} {
		costs := usual
		c.change(&costs)
		if got := costs.Ratio(); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: ratio is %v, want %v", c.why, got, c.want)
		}
	}
}

// With the defaults, the ratio minimises FeMux's measure: 0.808 s for each cold start and
// 1/99.69 s for each wasted GB·s, with 1000 MB in a gigabyte.
func TestTheDefaultWaitPriceHasTheWeightsOfFeMux(t *testing.T) {
	costs := policy.Costs{Memory: policy.AssumedMemory, Step: time.Minute, Start: 808 * time.Millisecond, WaitPrice: policy.DefaultConfig().WaitPrice}
	want := (170.0 / 1000 * 60 / 99.69) / 0.808
	if got := costs.Ratio(); math.Abs(got-want) > 1e-12 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUnknownMemoryIsThatOfTheOthers(t *testing.T) {
	for _, c := range []struct {
		own, median, want int64
		from              string
	}{
		{1 << 30, 64 << 20, 1 << 30, event.MemoryOwn},
		{0, 64 << 20, 64 << 20, event.MemoryMedian},
		{0, 0, policy.AssumedMemory, event.MemoryAssumed},
	} {
		if got, from := policy.MemoryToPrice(c.own, c.median); got != c.want || from != c.from {
			t.Errorf("own %d, median %d: got %d, %s", c.own, c.median, got, from)
		}
	}
}

func TestACostRatioIsANumberOrAuto(t *testing.T) {
	for text, want := range map[string]float64{"auto": keys.Auto, "0.2": 0.2, "": policy.DefaultConfig().CostRatio, "1e-4": policy.LeastRatio} {
		if got, err := policy.ParseCostRatio("-cost-ratio", text); got != want || err != nil {
			t.Errorf("%q: got %v (%v), want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"cheap": `-cost-ratio must be auto or a number, was: "cheap"`,
		"1":     "-cost-ratio must be between 0.0001 and 0.9999, was: 1",
		"NaN":   "-cost-ratio must be between 0.0001 and 0.9999, was: NaN",
	} {
		if _, err := policy.ParseCostRatio("-cost-ratio", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestTheKeysOfTheCostsAreChecked(t *testing.T) {
	read := func(env map[string]string) (policy.Config, error) {
		r := keys.NewReader(func(key string) string { return env[key] })
		return policy.ReadConfig(r), r.Err()
	}
	if c, err := read(nil); c != policy.DefaultConfig() || err != nil {
		t.Errorf("the defaults: got %+v (%v)", c, err)
	}
	if c, err := read(map[string]string{"cost_ratio": "auto", "wait_price": "20"}); c.CostRatio != keys.Auto || c.WaitPrice != 20 || err != nil {
		t.Errorf("by prices: got %+v (%v)", c, err)
	}
	for key, want := range map[string]string{"cost_ratio": "must be auto or a number", "wait_price": "must be a number"} {
		if _, err := read(map[string]string{key: "much"}); err == nil || !strings.Contains(err.Error(), key+" "+want) {
			t.Errorf("%s: got %v", key, err)
		}
	}
	if _, err := read(map[string]string{"wait_price": "0"}); err == nil || !strings.Contains(err.Error(), "wait_price must be between 0.01 and 1e+06, was: 0") {
		t.Errorf("a price of nothing: got %v", err)
	}
}

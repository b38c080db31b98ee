package dashboard

import (
	"encoding/json"
	"strings"
	"testing"

	"prewarm/shared/event"
)

// savingsOf returns the answer of the API for the last hour of steps.
func savingsOf(t *testing.T, d *Dashboard) savingsJSON {
	t.Helper()
	var out struct {
		Price         *priceJSON
		MemoryUnknown int `json:"memory_unknown"`
		WaitUnknown   int `json:"wait_unknown"`
	}
	if err := json.Unmarshal(get(d, "/api/savings?range=hour").Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return savingsJSON{Price: out.Price, MemoryUnknown: out.MemoryUnknown, WaitUnknown: out.WaitUnknown}
}

// In 20 counted minutes, prewarm keeps one replica of 128 MiB and calls come in four of
// them: 16 idle minutes are 120 GB-s, and those of keep-alive's two replicas 240.
func TestIdleMemoryHasAPriceIfOneIsConfigured(t *testing.T) {
	d := newFake(t, &fakeSource{})
	replay(d, "shop.ns", 30)
	page := get(d, "/?page=savings&range=hour").Body.String()
	mustContain(t, page, "Idle memory, gigabyte-seconds", "<dd>120</dd>", "240 with keep-alive", "16.8 s", "20</dd>", "9 not counted")
	if strings.Contains(page, "EUR") || savingsOf(t, d).Price != nil {
		t.Error("there is no price, but one is shown")
	}
	d.cfg.Price, d.cfg.Currency = 0.001, "EUR"
	mustContain(t, get(d, "/?page=savings&range=hour").Body.String(), "0.12 EUR instead of 0.24 EUR")
	if got := savingsOf(t, d).Price; got == nil || *got != (priceJSON{0.001, "EUR", costJSON{0.24, 0.12}, costJSON{}}) {
		t.Errorf("got %+v", got)
	}
	d.cfg.Price = 1
	mustContain(t, get(d, "/?page=savings&range=hour").Body.String(), "120.00 EUR instead of 240.00 EUR")
}

// The gateway lists no memory of one of two functions, and its starts are not measured.
func TestUnknownMemoryIsCountedByFunction(t *testing.T) {
	d := newFake(t, &fakeSource{})
	replay(d, "shop.ns", 30)
	for i := range 30 {
		one := decision("mail.ns", int64(origin+60*i))
		one.Inputs.Settled, one.Inputs.MemoryBytes, one.Inputs.ReadinessMeasured = []int32{0}, 0, false
		d.ledger.AddDecisions(&event.Decisions{Decisions: []event.Decision{one}})
	}
	if got := savingsOf(t, d); got.MemoryUnknown != 1 || got.WaitUnknown != 1 {
		t.Errorf("got %+v", got)
	}
	mustContain(t, get(d, "/?page=savings&range=hour").Body.String(), "the memory of a replica is not known: 1 of 2 functions have some",
		"before the first start of a replica was measured: 1 of 2 functions have some")
}

func TestWhatIsNotWhollyMeasuredIsMarked(t *testing.T) {
	d := newFake(t, &fakeSource{})
	lagging(d, "late.ns")
	mustContain(t, get(d, "/").Body.String(), `<span aria-hidden="true">≥ </span>3`)
	mustContain(t, get(d, "/?function=late.ns").Body.String(), `<span class="hidden">at least </span>`, "at most 4 at a time in the last minute",
		"How the calls are measured: gateway_function_invocation_inflight is missing.")
}

package dashboard

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"prewarm/shared/event"
)

// beside gives the dashboard a function with controllers beside prewarm.
func beside(d *Dashboard, name, actuator string, others ...string) {
	made := decision(name, origin)
	made.Others, made.Actuator = others, actuator
	d.view.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{made}})
}

func TestThePageOfAFunctionSaysWhoElseScalesItAndWhatToChange(t *testing.T) {
	for name, want := range map[string]string{
		"idler":        `remove the label com.openfaas.scale.zero and set the annotation prewarm.zero: &#34;true&#34;`,
		"autoscaler":   `com.openfaas.scale.min = com.openfaas.scale.max and the annotation prewarm.max; or com.openfaas.scale.type: prewarm and prewarm.actuator: openfaas`,
		"alertmanager": `openfaas-community.yaml, which leaves it out; the label com.openfaas.scale.factor: &#34;0&#34; does not switch it off`,
		"hpa":          `prewarm.actuator: hpa`,
		"keda":         `prewarm.actuator: keda`,
		"<b>mine</b>":  `<strong>&lt;b&gt;mine&lt;/b&gt;</strong> is not known to prewarm`,
	} {
		d := newFake(t, &fakeSource{})
		beside(d, "a.ns", "gateway", name)
		if text := get(d, "/?function=a.ns").Body.String(); !strings.Contains(text, want) || strings.Contains(text, "<b>") {
			t.Errorf("%s: %q is missing", name, want)
		}
	}
	d := newFake(t, &fakeSource{})
	beside(d, "a.ns", "hpa", "hpa")
	beside(d, "b.ns", "gateway")
	if text := get(d, "/?function=a.ns").Body.String(); !strings.Contains(text, "nothing: it is the actuator of the function") {
		t.Error("an actuator is no reason to change something")
	}
	if text := get(d, "/?function=b.ns").Body.String(); strings.Contains(text, "Who else scales") {
		t.Error("nobody else scales this function")
	}
}

// The idler took the replica before three decisions. A call came in each step, and what the
// decisions started was not ready when their steps began.
func TestAFightIsShownWithWhatItCosts(t *testing.T) {
	d := newFake(t, &fakeSource{})
	beside(d, "calm.ns", "gateway", "idler")
	if text := get(d, "/api/status").Body.String(); strings.Contains(text, "set back") {
		t.Errorf("a controller that may act is no fight: %s", text)
	}
	fought(d, "a.ns")
	if text := get(d, "/?function=a.ns").Body.String(); !strings.Contains(text, "In the last 1 hour, it set back the number of prewarm 3 times; the minutes that began so had 3 cold starts.") {
		t.Error("the page of the function lacks the cost")
	}
	if text := get(d, "/").Body.String(); !strings.Contains(text, `<span class="flag">set back</span>`) {
		t.Error("the overview lacks the flag")
	}
	var got functionJSON
	if err := json.Unmarshal(get(d, "/api/function?function=a.ns").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if c := got.Controllers; len(c) != 2 || c[0].Name != "idler" || c[0].SetBacks != 3 || c[0].Cold != 3 || c[1].Name != "autoscaler" || c[1].SetBacks != 0 {
		t.Errorf("got %+v", c)
	}
	for i := range 4 {
		fought(d, fmt.Sprintf("b-%d.ns", i))
	}
	var status statusJSON
	if err := json.Unmarshal(get(d, "/api/status").Body.Bytes(), &status); err != nil {
		t.Fatal(err)
	}
	want := "Other controllers set back numbers of prewarm in the last 1 hour: a.ns (idler, 3×), b-0.ns (idler, 3×), b-1.ns (idler, 3×), 2 more. The page of each function says what to change."
	if n := status.Notices; len(n) != 1 || n[0].Class != "warn" || n[0].Text != want {
		t.Errorf("got %+v", n)
	}
}

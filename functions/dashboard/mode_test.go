package dashboard

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
)

// Everyone who may pause may set a mode: with a password of the gateway, with the token in
// a session, or with the token as a bearer.
func TestEverySignedInUserMaySetAMode(t *testing.T) {
	for by, c := range map[string]struct{ signIn, bearer string }{
		"token":              {signIn: `{"token":"` + token + `"}`},
		"token as a bearer":  {bearer: "Bearer " + token},
		"gateway user admin": {signIn: rightPassword},
	} {
		source := &fakeSource{}
		d := newFake(t, source)
		d.gateway = &fakeController{}
		v := &client{d: d}
		if c.signIn != "" {
			v.signIn(t, c.signIn)
		}
		set := func(mode string, want int) {
			t.Helper()
			body := fmt.Sprintf(`{"function":"a.ns","mode":%q}`, mode)
			w := v.send(http.MethodPost, "mode", body, func(r *http.Request) {
				if c.bearer != "" {
					r.Header.Set("Authorization", c.bearer)
				}
			})
			if w.Code != want {
				t.Errorf("%s: %s: got %d %s", by, mode, w.Code, w.Body)
			}
		}
		for _, mode := range []string{"active", "observe", "off"} {
			set(mode, http.StatusOK)
			if got := source.modes["a.ns"]; got.Mode != mode || !strings.HasPrefix(by, got.By) || got.Time != d.now().UTC() {
				t.Errorf("%s: got %+v", by, got)
			}
			if got := d.view.Modes(); len(got) != 1 || got[0].Mode != mode {
				t.Errorf("the pages must show the mode at once, got %+v", got)
			}
		}
		set("annotated", http.StatusOK)
		if len(source.modes) != 0 || len(d.view.Modes()) != 0 {
			t.Errorf("%s: got %+v", by, source.modes)
		}
		source.modeError = errors.New("nats://10.0.0.1: no answer")
		set("active", http.StatusServiceUnavailable)
		set("annotated", http.StatusServiceUnavailable)
	}
}

func TestAModeThatIsNotValidIsRefused(t *testing.T) {
	source := &fakeSource{}
	v := &client{d: newFake(t, source)}
	v.signIn(t, `{"token":"`+token+`"}`)
	for _, body := range []string{
		`{"function":"a.ns","mode":"on"}`, `{"function":"a.ns"}`, `{"function":"../x","mode":"off"}`, `{"function":">","mode":"annotated"}`, `{}`,
		`{"mode":"off","x":1}`, `{} {}`, strings.Repeat(" ", 5000) + "{}",
	} {
		if w := v.send(http.MethodPost, "mode", body); w.Code != http.StatusBadRequest || len(source.modes) > 0 {
			t.Errorf("%.40s: got %d %s", body, w.Code, w.Body)
		}
	}
}

// A long name of a user would make the message of the mode invalid.
func TestTheNameOfAUserIsBounded(t *testing.T) {
	one := session{user: strings.Repeat("ü", 4000)}
	m := event.Mode{Function: "a.ns", Mode: "off", By: one.name(), Time: newFake(t, &fakeSource{}).now()}
	if err := m.Validate(); err != nil {
		t.Error(err)
	}
}

// The pages tell where a mode comes from, before and after the decision that follows it.
func TestThePagesShowWhichModeIsSet(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "a.ns")
	at := time.Unix(origin+100, 0) // after the first decision, before the second
	set := func(name, mode string) {
		d.view.SetModes(map[string]event.Mode{name: {Function: name, Mode: mode, By: "gateway user <b>", Time: at}})
	}
	decided := func(i int64, mode, annotated string) {
		made := decision("a.ns", origin+60*i)
		made.Mode, made.Annotated = mode, annotated
		d.view.AddDecisions(origin+60*i, &event.Decisions{Decisions: []event.Decision{made}})
	}
	expect := func(want string) {
		t.Helper()
		for _, target := range []string{"/", "/?function=a.ns", "/?api=overview", "/?api=function&function=a.ns"} {
			if text := get(d, target).Body.String(); !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing", target, want)
			}
		}
	}
	set("a.ns", "observe")
	expect("observe from the next decision on")
	decided(1, "observe", "active")
	expect("set by the operator, annotated active")
	set("a.ns", "active")
	expect("active from the next decision on")
	decided(2, "active", "")
	expect("set by the operator")
	decided(3, "observe", "") // a label or annotation is unreadable
	expect("set to active, but its settings cannot be read: see the reason")
	set("a.ns", "off")
	expect("set to off: no further decisions")
	decided(4, "observe", "active")
	d.view.SetModes(nil)
	expect("active as annotated, from the next decision on")

	set("off.ns", "off")
	if text := get(d, "/").Body.String(); !strings.Contains(text, `<a href="?function=off.ns">off.ns</a> (off)`) {
		t.Error("the overview must link to functions without messages that have a mode")
	}
	if text := get(d, "/?function=off.ns").Body.String(); !strings.Contains(text, "The operator set its mode to off") || strings.Contains(text, "<b>") || !strings.Contains(text, `data-function="off.ns"`) {
		t.Error("the page of such a function must show it and allow to change it")
	}
}

// Open pages learn of a mode from the event stream.
func TestAModeIsAChangeOfItsFunction(t *testing.T) {
	d := newFake(t, &fakeSource{})
	feed(t, d, "a.ns", "b.ns")
	seen := d.view.Since(0).Version
	modes := map[string]event.Mode{"b.ns": {Function: "b.ns", Mode: "off", By: "token", Time: d.now()}}
	d.view.SetModes(modes)
	if got := d.view.Since(seen); !slices.Equal(got.Changed, []string{"b.ns"}) || d.view.SetMode("b.ns") == nil {
		t.Errorf("got %+v", got.Changed)
	}
	seen = d.view.Since(0).Version
	d.view.SetModes(map[string]event.Mode{"b.ns": modes["b.ns"]})
	if got := d.view.Since(seen); len(got.Changed) != 0 || got.Version != seen {
		t.Errorf("nothing has changed, got %+v", got)
	}
	d.view.SetModes(nil)
	if got := d.view.Since(seen); len(got.Changed) != 1 || d.view.SetMode("b.ns") != nil {
		t.Errorf("got %+v", got.Changed)
	}
}

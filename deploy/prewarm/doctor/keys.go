package doctor

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// checkKeys checks the newest message of each stream with the key of this machine: functions
// with another one are named.
func (d *doctor) checkKeys(read map[string]*jetstream.RawStreamMsg) {
	if d.cfg.Keys.None() {
		d.skip("keys", "the signatures are not checked", "give the secret "+event.KeySecret+" in --secrets, or PREWARM_HMAC_KEY")
		return
	}
	var signed, others, clusters []string
	for _, part := range chain {
		msg := read[part.stream]
		if msg == nil {
			continue
		}
		env, err := d.open(part.stream, msg)
		switch {
		case errors.Is(err, event.ErrSignature):
			others = append(others, part.function)
		case errors.Is(err, event.ErrAudience):
			clusters = append(clusters, part.function)
		case err != nil:
			d.find("keys", fmt.Sprintf("the newest message of %s is not one of prewarm: %v", part.function, err), "deploy the same version of all functions")
		default:
			signed = append(signed, part.function)
			d.checkAhead(part.function, env, msg.Time)
		}
	}
	d.reportKeys(signed, others, clusters)
}

// reportKeys reports which functions sign with the given key. If none does, it is the given key
// that differs.
func (d *doctor) reportKeys(signed, others, clusters []string) {
	const do = "give all functions, the connector and the external scaler the same secret, and restart them: functions/CONFIGURATION.md, Rotating the key"
	switch {
	case len(others) > 0 && len(signed) == 0 && len(clusters) == 0:
		d.find("keys", "the given "+event.KeySecret+" is not the key of the functions: "+strings.Join(others, ", ")+" sign with another one", "give the secret that the functions mount; "+do)
	case len(others) > 0:
		d.find("keys", "signs with another key than the rest: "+strings.Join(others, ", "), do)
	case len(clusters) > 0:
		d.find("keys", "has another name of the cluster: "+strings.Join(clusters, ", "), "set the same key cluster in all functions, and in the variable cluster here")
	case len(signed) > 0:
		d.ok("keys", strings.Join(signed, ", ")+" sign with the given key")
	default:
		d.warn("keys", "there is no message yet whose signature could be checked", "")
	}
}

// open checks the signature and the content of a message.
func (d *doctor) open(stream string, msg *jetstream.RawStreamMsg) (event.Envelope, error) {
	switch stream {
	case bus.StreamWindows:
		return event.Open(d.cfg.Keys, event.TypeWindows, msg.Data, &event.Windows{})
	case bus.StreamForecasts:
		return event.Open(d.cfg.Keys, event.TypeForecasts, msg.Data, &event.Forecasts{})
	}
	return event.Open(d.cfg.Keys, event.TypeDecisions, msg.Data, &event.Decisions{})
}

// checkAhead checks that the step of a message had ended, or begun, when NATS stored it: the
// collector takes it from its own clock.
func (d *doctor) checkAhead(function string, env event.Envelope, stored time.Time) {
	if by := time.Unix(env.Step, 0).Sub(stored); by > maxApart {
		d.find("clocks", fmt.Sprintf("a message of %s is about a step that is %v ahead of the clock of NATS", function, by.Round(time.Second)), "check NTP on the nodes of collector and NATS")
	}
}

package connector

import (
	"strings"
	"testing"
)

// Another name would lose the places of all functions at the next upgrade.
func TestTheNameOfAConsumerIsStable(t *testing.T) {
	const want = "connector-prewarm-forecasts-scaler-openfaas-fn-455a7ccd25663914"
	if got := (Config{ConsumerPrefix: "connector"}).consumerName(subscriber{"prewarm.forecasts", "scaler.openfaas-fn"}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzConsumerName(f *testing.F) {
	f.Add("a.b", "f.ns", "a-b", "f.ns")
	f.Add("a", "b.f", "a.b", "f")
	f.Add("prewarm.forecasts", strings.Repeat("é", 300), "prewarm.forecasts", strings.Repeat("é", 301))
	f.Fuzz(func(t *testing.T, subject, function, otherSubject, otherFunction string) {
		c := Config{ConsumerPrefix: "connector"}
		name, other := c.consumerName(subscriber{subject, function}), c.consumerName(subscriber{otherSubject, otherFunction})
		if len(name) > 255 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			t.Errorf("%q is no consumer name", name)
		}
		same := subject == otherSubject && function == otherFunction
		if topicPattern.MatchString(subject) && topicPattern.MatchString(otherSubject) && (name == other) != same {
			t.Errorf("%q, %q and %q, %q: %s and %s", subject, function, otherSubject, otherFunction, name, other)
		}
		if name == c.sharedName(otherSubject) {
			t.Errorf("%q is the name of the shared consumer of %q", name, otherSubject)
		}
	})
}

func TestConsumersOfTwoPrefixesDiffer(t *testing.T) {
	who := subscriber{"a.b", "f.ns"}
	if a, b := (Config{ConsumerPrefix: "a"}).consumerName(who), (Config{ConsumerPrefix: "b"}).consumerName(who); a == b {
		t.Errorf("both are %s", a)
	}
}

package event_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
)

var (
	ownKey, oldKey = []byte("0123456789abcdef"), []byte("fedcba9876543210")
	eu             = event.NewKeys("eu", ownKey)
	noon           = time.Unix(1_800_000_000, 0)
)

// proof is what a connector of the cluster "eu" sends at noon with a message for the scaler.
func proof() string { return event.ProveDelivery(eu, event.TypeForecasts, []byte("body"), noon) }

func TestADeliveryIsProvenBeforeItsBodyIsRead(t *testing.T) {
	p, err := event.CheckDelivery(eu, event.TypeForecasts, proof(), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fits([]byte("body")); err != nil {
		t.Error(err)
	}
	if err := p.Fits([]byte("another")); !errors.Is(err, event.ErrProof) {
		t.Errorf("another body: got %v", err)
	}
}

func TestAProofHoldsForItsKeyClusterSubjectAndTimeAlone(t *testing.T) {
	for _, c := range []struct {
		cause   string
		keys    event.Keys
		subject string
		clock   time.Duration // of the function, ahead of the connector's
		want    string        // "" if the proof is accepted
	}{
		{"the same key", eu, event.TypeForecasts, 0, ""},
		{"after a rotation the old key is accepted", event.NewKeys("eu", oldKey, ownKey), event.TypeForecasts, 0, ""},
		{"another key", event.NewKeys("eu", oldKey), event.TypeForecasts, 0, "signature does not match"},
		{"no key", event.Keys{}, event.TypeForecasts, 0, "signature does not match"},
		{"another cluster", event.NewKeys("us", ownKey), event.TypeForecasts, 0, "signature does not match"},
		{"no cluster", event.NewKeys("", ownKey), event.TypeForecasts, 0, "signature does not match"},
		{"a message for the predictor", eu, event.TypeWindows, 0, "signature does not match"},
		{"a part of the cluster in the subject", event.NewKeys("e", ownKey), "u" + event.TypeForecasts, 0, "signature does not match"},
		{"clocks at the bound", eu, event.TypeForecasts, 5 * time.Minute, ""},
		{"the connector's clock ahead, at the bound", eu, event.TypeForecasts, -5 * time.Minute, ""},
		{"an old proof", eu, event.TypeForecasts, 5*time.Minute + time.Second, "within 5m0s of this clock, differed by: 5m1s"},
		{"a clock that is slow", eu, event.TypeForecasts, -5*time.Minute - time.Second, "differed by: -5m1s"},
	} {
		_, err := event.CheckDelivery(c.keys, c.subject, proof(), noon.Add(c.clock))
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, event.ErrProof) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v", c.cause, err)
		}
	}
}

func TestAProofWithAnotherTimeOrDigestIsForged(t *testing.T) {
	fields := strings.Split(proof(), ":")
	for _, forged := range []string{
		"1800000001:" + fields[1] + ":" + fields[2],
		fields[0] + ":" + hex.EncodeToString(make([]byte, 32)) + ":" + fields[2],
	} {
		if _, err := event.CheckDelivery(eu, event.TypeForecasts, forged, noon); !errors.Is(err, event.ErrProof) {
			t.Errorf("%s: got %v", forged, err)
		}
	}
}

func TestAMalformedProofIsRefused(t *testing.T) {
	good := proof()
	for _, header := range []string{
		"", "::", good + ":", good + "0", " " + good, "+" + good, "0" + good, strings.ToUpper(good), good[1:],
		strings.Repeat("1", 300), strings.Replace(good, ":", ",", 1), "9223372036854775808" + good[10:],
	} {
		if _, err := event.CheckDelivery(eu, event.TypeForecasts, header, noon); !errors.Is(err, event.ErrProof) {
			t.Errorf("%.80q: got %v", header, err)
		}
	}
}

// A proof is signed with a derived key, so that nothing that is signed with the key itself
// passes for a proof.
func TestAProofIsNotSignedWithTheKeyOfEnvelopes(t *testing.T) {
	digest := sha256.Sum256([]byte("body"))
	mac := eu.Sign([]byte("1800000000"), []byte(event.TypeForecasts), digest[:])
	header := fmt.Sprintf("1800000000:%x:%x", digest, mac)
	if _, err := event.CheckDelivery(eu, event.TypeForecasts, header, noon); !errors.Is(err, event.ErrProof) {
		t.Errorf("got %v", err)
	}
}

// FuzzProof reads any header: one that is accepted was made by ProveDelivery.
func FuzzProof(f *testing.F) {
	f.Add(proof())
	f.Add("1800000000:00:00")
	f.Add("-1:" + strings.Repeat("0", 64) + ":" + strings.Repeat("f", 64))
	f.Fuzz(func(t *testing.T, header string) {
		p, err := event.CheckDelivery(eu, event.TypeForecasts, header, noon)
		if err == nil && p.String() != header {
			t.Errorf("%q was read as %q", header, p)
		}
		if err != nil && !errors.Is(err, event.ErrProof) {
			t.Errorf("%q: the error must wrap ErrProof: %v", header, err)
		}
	})
}

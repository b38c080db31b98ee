package event_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/config"
	"prewarm/shared/event"
)

var (
	before = []byte("the key of before")
	after  = []byte("the key afterwards")
)

// opens reports how keys open what others have sealed.
func opens(t *testing.T, sealing, opening event.Keys) error {
	t.Helper()
	_, body, err := event.Seal(sealing, event.TypeWindows, 780, "0", windows())
	if err != nil {
		t.Fatal(err)
	}
	_, err = event.Open(opening, event.TypeWindows, body, &event.Windows{})
	return err
}

// While the programs of a stage restart one after the other, those of the stage and of the
// one before understand each other.
func TestAKeyIsReplacedWithoutAnUnreadableMessage(t *testing.T) {
	stages := []event.Keys{
		event.NewKeys("", before), event.NewKeys("", before, after), event.NewKeys("", after, before), event.NewKeys("", after),
	}
	for i := range stages {
		for j := range stages {
			err := opens(t, stages[i], stages[j])
			if far := i-j > 1 || j-i > 1; !far && err != nil {
				t.Errorf("stage %d does not read stage %d: %v", j, i, err)
			}
		}
	}
	if err := opens(t, stages[0], stages[3]); !errors.Is(err, event.ErrSignature) {
		t.Errorf("the key that was given up is still accepted: %v", err)
	}
}

// Clusters with the same key do not read each other's messages, also if one has no name.
func TestAMessageOfAnotherClusterIsRefused(t *testing.T) {
	clusters := map[string]event.Keys{
		"": event.NewKeys("", before, after), "eu-1": event.NewKeys("eu-1", before), "eu-2": event.NewKeys("eu-2", after, before),
	}
	for from, sealing := range clusters {
		for to, opening := range clusters {
			err := opens(t, sealing, opening)
			if from == to {
				if err != nil {
					t.Errorf("%q does not read its own: %v", from, err)
				}
			} else if from != "eu-2" || to != "eu-1" { // which has not the key of eu-2
				if !errors.Is(err, event.ErrAudience) || !strings.Contains(err.Error(), `must be "`+to+`", was: "`+from+`"`) {
					t.Errorf("%q reads %q: %v", to, from, err)
				}
			}
		}
	}
	forged := event.NewKeys("eu-2", []byte("a key of nobody's"))
	if err := opens(t, forged, clusters["eu-1"]); !errors.Is(err, event.ErrSignature) || errors.Is(err, event.ErrAudience) {
		t.Errorf("what nobody has signed is forged, whatever cluster it names: %v", err)
	}
}

func TestTheAudienceIsSigned(t *testing.T) {
	named, unnamed := event.NewKeys("eu-1", before), event.NewKeys("", before)
	_, body, err := event.Seal(named, event.TypeWindows, 780, "0", windows())
	if err != nil {
		t.Fatal(err)
	}
	for text, keys := range map[string]event.Keys{`"audience":"eu-2",`: event.NewKeys("eu-2", before), "": unnamed} {
		moved := strings.Replace(string(body), `"audience":"eu-1",`, text, 1)
		if moved == string(body) {
			t.Fatal("nothing was changed")
		}
		if _, err := event.Open(keys, event.TypeWindows, []byte(moved), &event.Windows{}); !errors.Is(err, event.ErrSignature) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// Messages of an installation without a name have the form that they had before there were
// names: this one has its signature from an implementation of RFC 2104 in Python.
func TestAMessageWithoutAnAudienceKeepsItsForm(t *testing.T) {
	const body = `{"version":1,"type":"prewarm.mode","id":"prewarm.mode/600/a.b","step":600,` +
		`"payload":{"function":"a.b","mode":"off","by":"token","time":"1970-01-01T00:10:00Z"},` +
		`"signature":"e38c98598db1608ce715e4fe7200cdb97503446e581e62ad73ab618acbe1269f"}`
	var got event.Mode
	if _, err := event.Open(event.NewKeys("", before), event.TypeMode, []byte(body), &got); err != nil || got.Mode != "off" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestDerivedKeysHaveOnePurpose(t *testing.T) {
	keys, text := event.NewKeys("", before), []byte("text")
	own := keys.Derive("a purpose")
	if !own.Signed(own.Sign(text), text) {
		t.Error("a derived key does not know its signature")
	}
	for name, other := range map[string]event.Keys{
		"the messages": keys, "another purpose": keys.Derive("another purpose"),
		"another cluster": event.NewKeys("eu-1", before).Derive("a purpose"), "another key": event.NewKeys("", after).Derive("a purpose"),
	} {
		if other.Signed(own.Sign(text), text) {
			t.Errorf("%s: the signature is accepted", name)
		}
	}
	if !event.NewKeys("", after, before).Derive("a purpose").Signed(own.Sign(text), text) {
		t.Error("a derived key does not outlast the rotation")
	}
	if keys.Signed(keys.Sign([]byte("ab"), []byte("c")), []byte("a"), []byte("bc")) {
		t.Error("other fields with the same bytes have the same signature")
	}
}

// reader reads the secret and the name of the cluster.
func reader(t testing.TB, secret, cluster string) *config.Reader {
	t.Helper()
	env := map[string]string{"secrets_dir": t.TempDir(), "cluster": cluster}
	if err := os.WriteFile(filepath.Join(env["secrets_dir"], event.KeySecret), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.NewReader(func(key string) string { return env[key] })
}

func TestTheSecretHasAKeyPerLine(t *testing.T) {
	r := reader(t, "\n  "+string(after)+" \r\n\n"+string(before)+"\n\n", "eu-1.a_B")
	got := event.ReadKeys(r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	if err := opens(t, got, event.NewKeys("eu-1.a_B", after)); err != nil {
		t.Errorf("the first key signs: %v", err)
	}
	if err := opens(t, event.NewKeys("eu-1.a_B", before), got); err != nil {
		t.Errorf("the second is accepted: %v", err)
	}
}

func TestUnusableKeysNameTheLineAndNotTheKey(t *testing.T) {
	long := string(before)
	for name, c := range map[string]struct{ secret, cluster, text string }{
		"a short one":       {"\n" + long + "\n\nhunter2\n", "", "secret prewarm-hmac-key, line 4 must have at least 16 bytes, had: 7"},
		"too many":          {strings.Repeat(long+"\n", 4), "", "secret prewarm-hmac-key must have at most 3 keys, one per line, had: 4"},
		"none":              {" \n\n", "", "secret prewarm-hmac-key must be mounted and not empty"},
		"a cluster's name":  {long, "eu/1", `cluster must have letters, digits, dots, dashes and underscores only, was: "eu/1"`},
		"a cluster's words": {long, "zürich", "cluster must have letters"},
		"a long name":       {long, strings.Repeat("c", 64), "cluster must have at most 63 characters, had: 64"},
	} {
		r := reader(t, c.secret, c.cluster)
		event.ReadKeys(r)
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), long) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWithoutAKeyNothingIsSealedOrOpened(t *testing.T) {
	for name, call := range map[string]func(){
		"seal":      func() { _, _, _ = event.Seal(event.Keys{}, "t", 0, "0", windows()) },
		"open":      func() { _, _ = event.Open(event.Keys{}, "t", seal(t), windows()) },
		"sign":      func() { event.Keys{}.Sign() },
		"signed":    func() { event.Keys{}.Signed(nil) },
		"no key":    func() { event.NewKeys("") },
		"short key": func() { event.NewKeys("", before, []byte("short")) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

// FuzzReadKeys reads any secret and name. What is accepted signs, and opens what it signed.
func FuzzReadKeys(f *testing.F) {
	f.Add(string(before)+"\n"+string(after), "eu-1")
	f.Add("short", "eu 1")
	f.Fuzz(func(t *testing.T, secret, cluster string) {
		r := reader(t, secret, cluster)
		if keys := event.ReadKeys(r); r.Err() == nil {
			if err := opens(t, keys, keys); err != nil {
				t.Error(err)
			}
		}
	})
}

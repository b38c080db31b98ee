package platform_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/shared/event"
)

// TestTheKeyIsReplacedUnderTraffic runs the commands of "Rotating the key" in
// functions/CONFIGURATION.md while the chain runs, with the gateway in the place of faas-cli and
// kubectl. The connector has the key in a file, and starts again in each step.
func TestTheKeyIsReplacedUnderTraffic(t *testing.T) {
	r := &rotation{
		world: startWith(t, platform.Options{
			Edition: gateway.Standard, Step: time.Second, Env: map[string]string{"max_age_steps": "60"}, NoConnectors: true,
		}),
		dir: t.TempDir(),
	}
	before, next := string(r.Key()), "the key that follows"
	for name, key := range map[string]string{"old.txt": before, "new.txt": next, "keys.txt": before} {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(key+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The connector has the same content in its own namespace.
	if err := os.Symlink("keys.txt", filepath.Join(r.dir, event.KeySecret)); err != nil {
		t.Fatal(err)
	}
	r.startCron()
	r.restartConnector()
	r.deploy("hello", "active", time.Hour)
	r.awaitDecisions(1)
	r.accept(before, next)

	steps := rotationSteps(t)
	for i, commands := range steps {
		saved := r.saved()
		for _, command := range commands {
			r.run(t, command)
		}
		r.restartConnector()
		r.awaitDecisions(2)
		r.nothingLost(t)
		r.appliedOnce(t)
		if n := r.deadLetters(t); n > 0 {
			t.Errorf("step %d: %d dead letters", i+1, n)
		}
		if i == len(steps)-1 {
			break // what the old key has signed is given up
		}
		if page := r.get(t, "/function/dashboard/api/status"); strings.Contains(page, "refused") {
			t.Errorf("step %d: the dashboard does not read what was decided before: %s", i+1, page)
		}
		until(t, "the savings of before are counted", func() bool { return r.saved() >= saved })
	}
	r.accept(next)
	r.awaitDecisions(3) // open fails the test if they are signed with the old key
}

// rotation is a world whose keys are replaced.
type rotation struct {
	*world
	dir       string // with the files of the commands
	connector func() // stops the connector
}

// accept sets the keys with which messages of the streams open.
func (r *rotation) accept(keys ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.accepted = nil
	for _, key := range keys {
		r.accepted = append(r.accepted, []byte(key))
	}
}

// run does what one command of the README does.
func (r *rotation) run(t *testing.T, command string) {
	t.Helper()
	words := strings.Fields(command)
	switch {
	case words[0] == "cat" || words[0] == "cp":
		sh := exec.Command("sh", "-c", command)
		sh.Dir = r.dir
		if out, err := sh.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", command, err, out)
		}
	case strings.HasPrefix(command, "faas-cli secret update ") && len(words) == 5:
		r.updateSecret(t, words[3], strings.TrimPrefix(words[4], "--from-file="))
	case strings.HasPrefix(command, "kubectl -n openfaas-fn rollout restart deployment "):
		for _, name := range words[6:] {
			r.restart(t, name)
		}
	default:
		t.Fatalf("a command that the test does not know: %s", command)
	}
}

// updateSecret sets a secret of the functions to the content of a file.
func (r *rotation) updateSecret(t *testing.T, name, file string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Client().UpdateSecret(t.Context(), types.Secret{Name: name, Value: string(content), Namespace: gateway.Namespace}); err != nil {
		t.Fatal(err)
	}
}

// restart replaces the pod of a function, under traffic.
func (r *rotation) restart(t *testing.T, name string) {
	t.Helper()
	d := r.deployed(t, name)
	n, _ := strconv.Atoi(d.EnvVars["restart"])
	d.EnvVars["restart"] = strconv.Itoa(n + 1)
	r.put(d)
	r.call("hello")
	r.awaitDecisions(1)
}

// saved returns how many steps of functions the savings of the dashboard rest on.
func (r *rotation) saved() (steps int) {
	var savings struct {
		Total map[string]struct{ Steps int }
	}
	if err := json.Unmarshal([]byte(r.get(r.t, "/function/dashboard/api/savings")), &savings); err != nil {
		r.t.Fatal(err)
	}
	for _, sums := range savings.Total {
		steps += sums.Steps
	}
	return steps
}

// rotationSteps returns the commands of each step of "Rotating the key".
func rotationSteps(t *testing.T) (steps [][]string) {
	t.Helper()
	text, err := os.ReadFile("functions/CONFIGURATION.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Rotating the key\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		switch command, isCommand := strings.CutPrefix(line, "       "); {
		case len(line) > 2 && line[0] >= '1' && line[0] <= '9' && line[1] == '.':
			steps = append(steps, nil)
		case isCommand && len(steps) > 0:
			steps[len(steps)-1] = append(steps[len(steps)-1], strings.TrimSpace(command))
		}
	}
	if len(steps) != 3 || len(steps[0]) != 3 || len(steps[1]) != 3 || len(steps[2]) != 3 {
		t.Fatalf("want three steps of three commands, got %q", steps)
	}
	return steps
}

// deadLetters returns how many messages were refused for good.
func (w *world) deadLetters(t *testing.T) uint64 {
	t.Helper()
	js, err := w.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "PREWARM_DEAD")
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}

// get returns the body of a page.
func (w *world) get(t *testing.T, path string) string {
	t.Helper()
	res, err := http.Get(w.GatewayURL() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %d, %v", path, res.StatusCode, err)
	}
	return string(body)
}

package buildcontext

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/robfig/cron/v3"
)

// suite loads the stack files of the repository.
func suite(t *testing.T) map[string]Function {
	t.Helper()
	t.Chdir("../..")
	functions, err := loadAll([]string{"stack.yml", "deploy/local/workload.yml"})
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Function{}
	for _, f := range functions {
		byName[f.Name] = f
	}
	return byName
}

func TestTheSuiteDeploysOnTheCommunityEdition(t *testing.T) {
	refused := []string{"com.openfaas.scale.zero", "com.openfaas.scale.zero-duration", "com.openfaas.scale.target", "com.openfaas.scale.type"}
	for name, f := range suite(t) {
		labels := *f.Spec.Labels
		for key := range labels {
			if slices.Contains(refused, key) {
				t.Errorf("%s: label %s is refused", name, key)
			}
		}
		low, errLow := strconv.Atoi(labels["com.openfaas.scale.min"])
		high, errHigh := strconv.Atoi(labels["com.openfaas.scale.max"])
		if errLow != nil || errHigh != nil || low < 1 || low > high || high > 5 {
			t.Errorf("%s: replicas must be within 1..5, were: %s..%s", name, labels["com.openfaas.scale.min"], labels["com.openfaas.scale.max"])
		}
		if f.Spec.Requests == nil || f.Spec.Limits == nil {
			t.Errorf("%s: requests and limits must be set", name)
		}
	}
}

func TestTheChainIsWired(t *testing.T) {
	functions := suite(t)
	for name, topic := range map[string]string{
		"collector": "cron-function", "predictor": "prewarm.windows", "scaler": "prewarm.forecasts", "dashboard": "",
	} {
		spec := functions[name].Spec
		annotations := *spec.Annotations
		if annotations["topic"] != topic {
			t.Errorf("%s: topic must be %q, was: %q", name, topic, annotations["topic"])
		}
		if annotations["prewarm.mode"] != "off" {
			t.Errorf("%s: the suite must not scale itself", name)
		}
		if !slices.Contains(spec.Secrets, "prewarm-hmac-key") {
			t.Errorf("%s: the signing key is missing", name)
		}
		// of-watchdog counts all callers alike, so that strangers could keep deliveries and
		// cron out. The functions bound their requests themselves.
		if bound := spec.Environment["max_inflight"]; bound != "" {
			t.Errorf("%s: max_inflight must not be set, was: %q", name, bound)
		}
		mayScale := name == "collector" || name == "scaler"
		if slices.Contains(spec.Secrets, "prewarm-gateway-password") != mayScale {
			t.Errorf("%s: has the gateway's password: %v", name, !mayScale)
		}
	}
	if _, err := cron.ParseStandard((*functions["collector"].Spec.Annotations)["schedule"]); err != nil {
		t.Error(err)
	}
}

// copies is how often a body is in memory at most: while it is read into a growing buffer, and
// decoded into an envelope and its payload.
const copies = 5

// Anyone can fill the places of strangers with large bodies. The limit of memory holds even if
// deliveries fill theirs too; half of it is left to the state and the garbage.
func TestBodiesFitIntoTheMemory(t *testing.T) {
	functions := suite(t)
	for _, name := range []string{"predictor", "scaler"} {
		spec := functions[name].Spec
		number := func(key string) int64 {
			n, err := strconv.ParseInt(spec.Environment[key], 10, 64)
			if err != nil || n < 1 {
				t.Errorf("%s: %s must be a number above 0, was: %q", name, key, spec.Environment[key])
			}
			return n
		}
		bodies := copies * (number("delivery_places") + number("stranger_places")) * number("max_body_bytes")
		mebibytes, _ := strings.CutSuffix(spec.Limits.Memory, "Mi")
		limit, err := strconv.ParseInt(mebibytes, 10, 64)
		if err != nil || bodies > limit<<20/2 {
			t.Errorf("%s: bodies can take %d bytes, more than half of the limit %s, %v", name, bodies, spec.Limits.Memory, err)
		}
	}
}

func TestTheTemplateFitsTheRootModule(t *testing.T) {
	goLine := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if len(line) > 3 && line[:3] == "go " {
				return strings.TrimSpace(line[3:])
			}
		}
		t.Fatalf("%s has no go line", path)
		return ""
	}
	suite(t)
	root := goLine("go.mod")
	for _, path := range []string{"template/prewarm-go/go.mod", "template/prewarm-go/go.work"} {
		if got := goLine(path); got != root {
			t.Errorf("%s: go must be %s as in go.mod, was: %s", path, root, got)
		}
	}
	if _, err := os.Stat("stack.yaml"); err == nil {
		t.Error("stack.yaml would shadow stack.yml")
	}
}

package openfaas

import (
	"testing"

	"github.com/openfaas/faas-provider/types"
)

func TestMemoryIsReadAsKubernetesWritesIt(t *testing.T) {
	for text, want := range map[string]int64{
		"128Mi": 128 << 20, "0.5Gi": 512 << 20, "64M": 64_000_000, "1Ki": 1024, "2k": 2000, "1e9": 1_000_000_000, " 1048576 ": 1 << 20, "1Ti": 1 << 40,
		"": 0, "128m": 0, "Mi": 0, "-1Gi": 0, "128 Mi": 0, "128MB": 0, "0x10": 0, "inf": 0, "1_000": 0, "1e99": 0, "0": 0, "2000Ti": 0,
	} {
		if got := ParseMemory(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// A replica may take its limit, so that is what its idleness costs.
func TestTheMemoryOfAReplicaIsItsLimit(t *testing.T) {
	memory := func(m string) *types.FunctionResources { return &types.FunctionResources{Memory: m} }
	for story, c := range map[string]struct {
		status types.FunctionStatus
		want   int64
	}{
		"limit and request":           {types.FunctionStatus{Limits: memory("256Mi"), Requests: memory("64Mi")}, 256 << 20},
		"only a request":              {types.FunctionStatus{Requests: memory("64Mi")}, 64 << 20},
		"a limit of the processor":    {types.FunctionStatus{Limits: &types.FunctionResources{CPU: "100m"}, Requests: memory("64Mi")}, 64 << 20},
		"a limit that cannot be read": {types.FunctionStatus{Limits: memory("lots")}, 0},
		"the gateway lists no memory": {types.FunctionStatus{}, 0},
	} {
		if got := function(c.status, "ns").MemoryBytes; got != c.want {
			t.Errorf("%s: got %d, want %d", story, got, c.want)
		}
	}
}

// FuzzMemory reads any text: the bytes are within their bounds.
func FuzzMemory(f *testing.F) {
	f.Add("128Mi")
	f.Add("1e-3Gi")
	f.Fuzz(func(t *testing.T, text string) {
		if n := ParseMemory(text); n < 0 || n > maxMemory {
			t.Errorf("%q: got %d", text, n)
		}
	})
}

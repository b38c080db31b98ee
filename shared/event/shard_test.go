package event_test

import (
	"fmt"
	"slices"
	"testing"

	"prewarm/shared/event"
)

// The shard of a function is the same in all versions. Otherwise a replica of another version
// would decide the functions of its neighbour.
func TestTheShardOfAFunctionNeverChanges(t *testing.T) {
	numbers := []int{1, 2, 3, 4, 64}
	// Computed outside of this program, from offset and prime of FNV-1a.
	for function, want := range map[string][]int{
		"hello.openfaas-fn":   {0, 1, 0, 1, 41},
		"a.b":                 {0, 1, 1, 1, 53},
		"resize-image.team-a": {0, 1, 0, 1, 49},
		"A_1.x":               {0, 0, 2, 0, 44},
	} {
		for i, n := range numbers {
			if got := event.ShardOf(function, n); got != want[i] {
				t.Errorf("%s is in shard %d of %d, want %d", function, got, n, want[i])
			}
		}
	}
}

// Names that differ in a number, as those of tenants do, fill all shards alike.
func TestShardsAreAboutEqual(t *testing.T) {
	const functions = 10_000
	for _, n := range []int{2, 4, 10, 64} {
		sizes := make([]int, n)
		for i := range functions {
			sizes[event.ShardOf(fmt.Sprintf("f%d.openfaas-fn", i), n)]++
		}
		mean := functions / n
		if least, most := slices.Min(sizes), slices.Max(sizes); least < mean*7/10 || most > mean*13/10 {
			t.Errorf("of %d shards the smallest has %d functions and the largest %d, want about %d", n, least, most, mean)
		}
	}
}

func TestOneShardHasTheSubjectsOfTheTypes(t *testing.T) {
	if got := event.Subject(event.TypeWindows, 0, 1); got != "prewarm.windows" {
		t.Errorf("the subject of one shard is %q", got)
	}
	if got := event.Subject(event.TypeWindows, 3, 4); got != "prewarm.windows.3" {
		t.Errorf("the subject of the last of four shards is %q", got)
	}
	if got := event.Subjects(event.TypeForecasts, 1); !slices.Equal(got, []string{"prewarm.forecasts"}) {
		t.Errorf("one shard has the subjects %q", got)
	}
	want := []string{"prewarm.forecasts", "prewarm.forecasts.0", "prewarm.forecasts.1"}
	if got := event.Subjects(event.TypeForecasts, 2); !slices.Equal(got, want) {
		t.Errorf("two shards have the subjects %q, want %q", got, want)
	}
}

func TestSubjectsOfTheChainAreRecognised(t *testing.T) {
	for subject, want := range map[string]string{
		"prewarm.windows": event.TypeWindows, "prewarm.windows.0": event.TypeWindows, "prewarm.decisions.63": event.TypeDecisions,
		"prewarm.windows.64": "", "prewarm.windows.-1": "", "prewarm.windows.01": "", "prewarm.windows.+1": "", "prewarm.windows.": "",
		"prewarm.windowsX": "", "prewarm.windows1": "", "prewarm.windows.1.2": "", "prewarm": "", "": "", "dead.prewarm.windows": "",
	} {
		if got := event.TypeOf(subject); got != want {
			t.Errorf("the type of %q is %q, want %q", subject, got, want)
		}
	}
}

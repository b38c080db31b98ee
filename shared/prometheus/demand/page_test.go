package demand

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"strings"
	"testing"
	"testing/iotest"
)

// page is what a gateway of two functions shows, with the families beside the wanted ones.
const page = `# HELP gateway_function_invocation_started The total number of function HTTP requests started.
# TYPE gateway_function_invocation_started counter
gateway_function_invocation_started{function_name="a.openfaas-fn"} 12
gateway_function_invocation_started{function_name="b.openfaas-fn"} 7
gateway_function_invocation_started{function_name="new.openfaas-fn"} 2
# TYPE gateway_function_invocation_total counter
gateway_function_invocation_total{code="200",function_name="a.openfaas-fn"} 8
gateway_function_invocation_total{code="500",function_name="a.openfaas-fn"} 1
gateway_function_invocation_total{code="200",function_name="b.openfaas-fn"} 7
gateway_functions_seconds_bucket{function_name="a.openfaas-fn",code="200",le="0.005"} 3
gateway_functions_seconds_count{function_name="a.openfaas-fn",code="200"} 9
gateway_service_count{function_name="a.openfaas-fn"} 1
process_start_time_seconds 1.76452335071e+09
`

func TestCallsThatStartedAndDidNotEndAreInFlight(t *testing.T) {
	r, err := readPage(strings.NewReader(page))
	want := map[string]int{"a.openfaas-fn": 3, "new.openfaas-fn": 2}
	if err != nil || !maps.Equal(r.InFlight, want) || r.Process != 1764523350.71 {
		t.Errorf("got %v, %v; want %v", r, err, want)
	}
}

func TestWhatALineMayLookLike(t *testing.T) {
	for text, want := range map[string]int{
		"gateway_function_invocation_started{function_name=\"f\"} 5\n":                                           5,
		"gateway_function_invocation_started{function_name=\"f\",} 5 1764523350710\n":                            5, // with a time
		"gateway_function_invocation_started { a = \"x\\\"}\" , function_name = \"f\" } 5\n":                     5,
		"gateway_function_invocation_started{function_name=\"f\"}\t5.0\r\n":                                      5,
		"gateway_function_invocation_started_sum{function_name=\"f\"} 5\n":                                       0,
		"gateway_function_invocation_started 5\n":                                                                0, // of no function
		"\n# gateway_function_invocation_started{function_name=\"f\"} 5\n":                                       0,
		"gateway_function_invocation_total{function_name=\"f\",code=\"200\"} 5\n":                                0, // more ended than started
		"# " + strings.Repeat("x", 3*maxLine) + "\ngateway_function_invocation_started{function_name=\"f\"} 5\n": 5, // a line too long
		"": 0,
	} {
		if r, err := readPage(strings.NewReader(text)); err != nil || r.InFlight["f"] != want || len(r.InFlight) > 1 {
			t.Errorf("%q: got %v, %v; want %d", text, r, err, want)
		}
	}
}

// TestAPageThatIsNotWholeShowsNothing: a number that is cut short would be a wrong number of
// calls.
func TestAPageThatIsNotWholeShowsNothing(t *testing.T) {
	for name, text := range map[string]string{
		"cut within a line":  page[:strings.Index(page, " 12\n")+2],
		"a login":            "<!doctype html>\n<title>Sign in</title>\n",
		"a long login":       "<!doctype html>" + strings.Repeat("x", maxLine) + "\n",
		"no number":          "gateway_function_invocation_started{function_name=\"f\"} many\n",
		"not a number":       "gateway_function_invocation_started{function_name=\"f\"} NaN\n",
		"below zero":         "gateway_function_invocation_started{function_name=\"f\"} -1\n",
		"without end":        "gateway_function_invocation_started{function_name=\"f\"} +Inf\n",
		"no quote":           "gateway_function_invocation_started{function_name=f} 5\n",
		"quote without end":  "gateway_function_invocation_started{function_name=\"f} 5\n",
		"brace without end":  "gateway_function_invocation_started{function_name=\"f\" 5\n",
		"labels without end": "gateway_function_invocation_started{\n",
		"cut in a long line": page + "# " + strings.Repeat("x", maxLine),
		"names without end":  startedBy(maxFunctions + 1),
	} {
		if r, err := readPage(strings.NewReader(text)); !errors.Is(err, ErrPage) || r.InFlight != nil {
			t.Errorf("%s: got %v, %v; want ErrPage", name, r, err)
		}
	}
	broken := errors.New("connection reset")
	if _, err := readPage(io.MultiReader(strings.NewReader(page), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// startedBy returns a page of n functions.
func startedBy(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "gateway_function_invocation_started{function_name=\"%d\"} 1\n", i)
	}
	return text.String()
}

// TestACallerWithALongNameBlindsNobody: a gateway may count calls of functions that do not exist,
// so that any caller can write a name of any length into its page.
func TestACallerWithALongNameBlindsNobody(t *testing.T) {
	r, err := readPage(strings.NewReader("gateway_function_invocation_started{function_name=\"" + strings.Repeat("x", maxLine) + "\"} 1\n" + page))
	if err != nil || r.InFlight["a.openfaas-fn"] != 3 || len(r.InFlight) != 2 {
		t.Errorf("got %d functions, %v", len(r.InFlight), err)
	}
}

// FuzzReadPage: any page is read or refused, in pieces as at once, and shows whole calls only.
func FuzzReadPage(f *testing.F) {
	f.Add([]byte(page))
	f.Add([]byte("gateway_function_invocation_started{function_name=\"\\\\\\n\\\"\"} 1e3 7\n"))
	f.Add([]byte("gateway_function_invocation_started{a=\"b\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, err := readPage(bytes.NewReader(text))
		pieces, errPieces := readPage(iotest.OneByteReader(bytes.NewReader(text)))
		if (err == nil) != (errPieces == nil) || !maps.Equal(whole.InFlight, pieces.InFlight) {
			t.Fatalf("%v, %v at once, and %v, %v in pieces", whole, err, pieces, errPieces)
		}
		for name, n := range whole.InFlight {
			if name == "" || n < 1 || n > math.MaxInt32 {
				t.Fatalf("%q has %d calls in flight", name, n)
			}
		}
	})
}

// BenchmarkReadPage reads the page of a gateway of 10,000 functions: 30 MB of which a tenth is
// looked at.
func BenchmarkReadPage(b *testing.B) {
	var text bytes.Buffer
	for i := range 10_000 {
		name := fmt.Sprintf("function-%05d.openfaas-fn", i)
		fmt.Fprintf(&text, "gateway_function_invocation_started{function_name=%q} %d\n", name, 1000+i%2)
		for _, code := range []string{"200", "500"} {
			fmt.Fprintf(&text, "gateway_function_invocation_total{code=%q,function_name=%q} 500\n", code, name)
			for le := range 12 {
				fmt.Fprintf(&text, "gateway_functions_seconds_bucket{code=%q,function_name=%q,le=\"%d\"} 500\n", code, name, le)
			}
			fmt.Fprintf(&text, "gateway_functions_seconds_sum{code=%q,function_name=%q} 50\n", code, name)
			fmt.Fprintf(&text, "gateway_functions_seconds_count{code=%q,function_name=%q} 500\n", code, name)
		}
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if r, err := readPage(bytes.NewReader(text.Bytes())); err != nil || len(r.InFlight) != 5000 {
			b.Fatalf("%d functions with calls, %v", len(r.InFlight), err)
		}
	}
}

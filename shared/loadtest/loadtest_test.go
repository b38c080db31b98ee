package loadtest

import (
	"bytes"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestLabels(t *testing.T) {
	row := func(replicas int, p99 float64, failed int) Row {
		return Row{Rate: 10, Concurrency: 2, Replicas: replicas, Requests: 1000, Latency: [5]float64{0, 0, 0, 0, p99}, Status: [4]int{1000 - failed, 0, failed, 0}}
	}
	o := Objective{Percentile: 99, Latency: 0.1, ErrorRate: 0.01}
	for _, c := range []struct {
		cause string
		rows  []Row
		want  int
	}{
		{"the fewest that met it", []Row{row(3, 0.05, 0), row(2, 0.1, 10), row(1, 0.2, 0)}, 2},
		{"errors above one percent", []Row{row(2, 0.05, 11), row(3, 0.05, 0)}, 3},
		{"one of three runs was disturbed", []Row{row(2, 0.05, 0), row(2, 0.3, 0), row(4, 0.05, 0), row(2, 0.05, 0)}, 2},
		{"two of three runs failed it", []Row{row(2, 0.05, 0), row(2, 0.3, 0), row(4, 0.05, 0), row(2, 0.3, 0)}, 4},
		{"one of two runs failed it", []Row{row(2, 0.05, 0), row(2, 0.3, 0), row(4, 0.05, 0)}, 4},
		{"whatever their order", []Row{row(2, 0.3, 0), row(2, 0.05, 0), row(4, 0.05, 0)}, 4},
		{"none met it", []Row{row(2, 0.3, 0)}, 0},
	} {
		if got := Labels(c.rows, o); len(got) != 1 || got[0].Replicas != c.want {
			t.Errorf("%s: got %v, want %d", c.cause, got, c.want)
		}
	}
}

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestTheSummaryOfHey(t *testing.T) {
	got, err := ReadHeyText(open(t, "hey.txt"), Conditions{Concurrency: 10, Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := Row{
		Concurrency: 10, Replicas: 1, Seconds: 0.2552, Requests: 400, RequestsPerSecond: 1567.2695, ResponseBytes: 28,
		Latency: [5]float64{0.0056, 0.0062, 0.0065, 0.0069, 0.0114}, Status: [4]int{392, 0, 8, 0},
	}
	if got != want || math.Abs(got.ErrorRate()-0.02) > 1e-12 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	failed := "Summary:\n  Total:\t1.0 secs\n  Requests/sec:\t10.0\n\nError distribution:\n  [10]\tPost \"http://x\": dial tcp\n"
	if got, err := ReadHeyText(strings.NewReader(failed), Conditions{}); err != nil || got.Status[NoAnswer] != 10 || got.ErrorRate() != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, broken := range []string{"", "Summary:\n  Total:\t1.0 secs\n", strings.Replace(failed, "10]", "99999999999]", 1), strings.Replace(failed, "Error", "Status", 1)} {
		if got, err := ReadHeyText(strings.NewReader(broken), Conditions{}); err == nil {
			t.Errorf("%q was read as %+v", broken, got)
		}
	}
}

func TestTheAnswersOfHey(t *testing.T) {
	got, err := ReadHeyCSV(open(t, "hey.csv"), Conditions{Concurrency: 4, Replicas: 1, Calls: 40})
	if err != nil || got.Requests != 40 || got.Latency[1] < 0.004 || got.Latency[4] < got.Latency[1] || got.Seconds <= 0 || got.RequestsPerSecond < 100 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, broken := range []string{"", "a,b\n", "response-time,status-code,offset\n", "response-time,status-code,offset\n-1,200,0\n", "response-time,status-code,offset\n1,20,0\n"} {
		if _, err := ReadHeyCSV(strings.NewReader(broken), Conditions{Calls: 9}); err == nil {
			t.Errorf("%q was read", broken)
		}
	}
}

// A spreadsheet saves a table with a byte order mark and quoted column names.
func TestAGridThatASpreadsheetSavedIsRead(t *testing.T) {
	want := Row{Rate: 10, Concurrency: 4, Replicas: 2, Seconds: 1, Requests: 10, RequestsPerSecond: 10, ResponseBytes: 5, Latency: [5]float64{0.1, 0.2, 0.3, 0.4, 0.5}, Status: [4]int{10, 0, 0, 0}}
	var out bytes.Buffer
	if err := NewWriter(&out).Write(want); err != nil {
		t.Fatal(err)
	}
	heading, row, _ := strings.Cut(out.String(), "\n")
	quoted := `"` + strings.ReplaceAll(heading, ",", `","`) + `"`
	for _, saved := range []string{"\ufeff" + heading + "\n" + row, quoted + "\n" + row, "\ufeff" + quoted + "\r\n" + row} {
		if got, err := Read(strings.NewReader(saved)); err != nil || !reflect.DeepEqual(got, []Row{want}) {
			t.Errorf("%q was read as %+v, %v", saved, got, err)
		}
	}
	hey := "\ufeff\"response-time\",\"status-code\",\"offset\"\n1,200,0\n"
	if got, err := ReadHeyCSV(strings.NewReader(hey), Conditions{Replicas: 1, Calls: 1}); err != nil || got.Requests != 1 {
		t.Errorf("%q was read as %+v, %v", hey, got, err)
	}
}

func TestBrokenRowsAreNamed(t *testing.T) {
	var out bytes.Buffer
	if err := NewWriter(&out).Write(Row{Concurrency: 1, Replicas: 1}); err != nil {
		t.Fatal(err)
	}
	good := out.String()
	for want, broken := range map[string]string{
		"the header must be":              "a,b\n",
		"replicas_ready must be a number": strings.Replace(good, "0,1,1,", "0,1,NaN,", 1),
		"concurrency must be a whole":     strings.Replace(good, "0,1,1,", "0,1.5,1,", 1),
		"rate must be a number":           strings.Replace(good, "\n0,", "\n-1,", 1),
	} {
		if _, err := Read(strings.NewReader(broken)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(strings.Join(header(), ",") + "\n0,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0\n")
	f.Add("\ufeff\"" + strings.Join(header(), "\",\"") + "\"\r\n0,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := Read(strings.NewReader(text))
		for _, r := range rows {
			if err == nil && (r.Replicas < 0 || math.IsNaN(r.Latency[4])) {
				t.Errorf("%q was read as %+v", text, r)
			}
		}
	})
}

func FuzzReadHey(f *testing.F) {
	text, err := os.ReadFile("testdata/hey.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("response-time,status-code,offset\n1,200,0\n")
	f.Add("response-time,status-code,offset\n9,200,0\nresponse-time,status-code,offset\n1,200,0\n")
	f.Add("\xff\xfe\n\x00")
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func() (Row, error){
			func() (Row, error) { return ReadHeyText(strings.NewReader(text), Conditions{}) },
			func() (Row, error) { return ReadHeyCSV(strings.NewReader(text), Conditions{Calls: 1000}) },
			func() (Row, error) { return ReadHey(strings.NewReader(text), Conditions{Calls: 1000}) },
		} {
			if row, err := read(); err == nil && (row.Requests < 1 || math.IsNaN(row.Latency[4]) || row.Seconds < 0) {
				t.Errorf("%q was read as %+v", text, row)
			}
		}
	})
}

func TestSamplesAreRunsWithTheAnswerOfTheirLoad(t *testing.T) {
	row := func(callers, replicas int, p99 float64) Row {
		return Row{Concurrency: callers, Replicas: replicas, Requests: 10, RequestsPerSecond: 5, Latency: [5]float64{0, 0, 0, 0, p99}, Status: [4]int{9, 0, 1, 0}}
	}
	dead := row(1, 3, 0)
	dead.Status = [4]int{0, 0, 0, 10}
	rows := []Row{row(1, 1, 0.1), row(4, 1, 0.9), row(9, 1, 9), row(1, 2, 0.1), row(4, 2, 0.1), row(9, 2, 9), dead}
	got := Samples(rows, Objective{Percentile: 99, Latency: 0.2, ErrorRate: 0.2})
	var answers, loads []int
	for _, s := range got {
		answers, loads = append(answers, s.Replicas), append(loads, s.Load)
	}
	if !reflect.DeepEqual(answers, []int{1, 1, 2, 2}) {
		t.Errorf("answers %v", answers)
	}
	if !reflect.DeepEqual(loads, []int{0, 0, 1, 1}) || got[0].Ready != 1 || got[1].Ready != 2 {
		t.Errorf("loads %v of %+v", loads, got)
	}
	if x := got[2].X; x[0] != 5 || x[2] != 0.1 || x[3] != 4 || x[8] != 0.9 {
		t.Errorf("features %v", x)
	}
}

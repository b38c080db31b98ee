package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/models/evaluate/metric"
)

// svg returns a Draw that writes the text as a document.
func svg(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, "<svg>"+text+"</svg>")
		return err
	}
}

// example is a report of two sections, one of which has text only.
func example() *Report {
	return &Report{Title: "Evaluation", Text: "About the report.", Sections: []Section{
		{Name: "activity", Title: "Activity", Text: NewTable("a", "b").String(), Data: map[string]int{"n": 3},
			Plots: []Plot{{"reliability", "Predicted and observed", svg("r")}, {"precision", "Precision", svg("p")}}},
		{Name: "text", Title: "Text only"},
	}}
}

// The directory is created; it holds the text, the figures and one file per plot.
func TestWriteCreatesTextFiguresAndPlots(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "created", "by-write")
	if err := example().Write(dir); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	want := "# Evaluation\n\nAbout the report.\n\n## Activity\n\n| a | b |\n|---|---|\n\n" +
		"![Predicted and observed](activity-reliability.svg)\n\n![Precision](activity-precision.svg)\n\n## Text only\n"
	if got := read("report.md"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var data map[string]map[string]int
	if err := json.Unmarshal([]byte(read("report.json")), &data); err != nil || len(data) != 1 || data["activity"]["n"] != 3 {
		t.Errorf("%v: %v", err, data)
	}
	if got := read("activity-reliability.svg"); got != "<svg>r</svg>" {
		t.Errorf("plot %q", got)
	}
}

// A name that is not a file name, or not unique, is an error that quotes it.
func TestInvalidNamesAreErrors(t *testing.T) {
	for want, spoil := range map[string]func(r *Report){
		`must consist of a-z, 0-9 and -, was: "../up"`:           func(r *Report) { r.Sections[1].Name = "../up" },
		`must consist of a-z, 0-9 and -, was: "activity-Plot"`:   func(r *Report) { r.Sections[0].Plots[0].Name = "Plot" },
		`two sections or plots are named "activity-reliability"`: func(r *Report) { r.Sections[1].Name = "activity-reliability" },
		`two sections or plots are named "activity"`:             func(r *Report) { r.Sections[1].Name = "activity" },
	} {
		r := example()
		spoil(r)
		if err := r.Write(t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// If a plot cannot be drawn, the error names its section and no report is written
// that would link to it.
func TestFailingPlotIsNamed(t *testing.T) {
	r, dir, broken := example(), t.TempDir(), errors.New("no curve")
	r.Sections[0].Plots[1].Draw = func(io.Writer) error { return broken }
	if err := r.Write(dir); !errors.Is(err, broken) || !strings.Contains(err.Error(), "section activity") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "report.md")); err == nil {
		t.Error("report.md was written")
	}
}

// encoding/json cannot encode a function.
func TestDataThatCannotBeEncodedIsAnError(t *testing.T) {
	r := example()
	r.Sections[0].Data = func() {}
	if err := r.JSON(&bytes.Buffer{}); err == nil {
		t.Error("a function was encoded as JSON")
	}
}

// A | in a cell is escaped; a []string fills several cells.
func TestTableRows(t *testing.T) {
	table := NewTable("one", "two", "three")
	table.Row("x|y", 2, "z")
	table.Row([]string{"p", "q"}, "r")
	if got := table.String(); got != "| one | two | three |\n|---|---|---|\n| x\\|y | 2 | z |\n| p | q | r |\n\n" {
		t.Errorf("got %q", got)
	}
}

func TestRowOfWrongLengthPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a row of one cell was added to a table of two columns")
		}
	}()
	NewTable("one", "two").Row("alone")
}

func TestCells(t *testing.T) {
	v := metric.Interval{Difference: 0.25, Low: -0.0625, High: 0.5}
	for want, cells := range map[string][]string{
		"1.50 -2.00":               Fixed(2, 1.5, -2),
		"87.5 %":                   {Percent(0.875)},
		"1.500 0.1250 75.0 %":      Accuracy(metric.Accuracy{RMSE: 1.5, R2: 0.125, Within: 0.75}, 4),
		"-0.062 to 0.500":          {Bounds(v, 3)},
		"0.2500 -0.0625 to 0.5000": Gain(v, 4),
	} {
		if got := strings.Join(cells, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

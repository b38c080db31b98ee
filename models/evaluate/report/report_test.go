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
)

func svg(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, "<svg>"+text+"</svg>")
		return err
	}
}

func example() *Report {
	return &Report{Title: "Evaluation", Text: "What it is.", Sections: []Section{
		{Name: "activity", Title: "Activity", Text: NewTable("a", "b").String(), Data: map[string]int{"n": 3},
			Plots: []Plot{{"reliability", "Claim and share", svg("r")}, {"precision", "Precision", svg("p")}}},
		{Name: "words", Title: "Words alone"},
	}}
}

func TestAReportIsTextFiguresAndPictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for-it")
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
	want := "# Evaluation\n\nWhat it is.\n\n## Activity\n\n| a | b |\n|---|---|\n\n" +
		"![Claim and share](activity-reliability.svg)\n\n![Precision](activity-precision.svg)\n\n## Words alone\n"
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

func TestNamesAreChecked(t *testing.T) {
	for want, spoil := range map[string]func(r *Report){
		`section must have a-z, 0-9 and - only, was: "../up"`: func(r *Report) { r.Sections[1].Name = "../up" },
		`was: "Plot"`: func(r *Report) { r.Sections[0].Plots[0].Name = "Plot" },
		`two sections or plots are named "activity"`: func(r *Report) { r.Sections[1].Name = "activity" },
	} {
		r := example()
		spoil(r)
		if err := r.Write(t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// A plot that cannot be drawn leaves no report that links to it.
func TestAPlotThatFailsIsNamed(t *testing.T) {
	r, dir, broken := example(), t.TempDir(), errors.New("no curve")
	r.Sections[0].Plots[1].Draw = func(io.Writer) error { return broken }
	if err := r.Write(dir); !errors.Is(err, broken) || !strings.Contains(err.Error(), "section activity") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "report.md")); err == nil {
		t.Error("a report was written")
	}
}

func TestDataThatIsNoJSONIsAnError(t *testing.T) {
	r := example()
	r.Sections[0].Data = func() {}
	if err := r.JSON(&bytes.Buffer{}); err == nil {
		t.Error("a function was written as JSON")
	}
}

func TestARowFillsItsTable(t *testing.T) {
	table := NewTable("one", "two")
	table.Row("x|y", "2")
	if got := table.String(); got != "| one | two |\n|---|---|\n| x\\|y | 2 |\n\n" {
		t.Errorf("got %q", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a short row was taken")
		}
	}()
	table.Row("alone")
}

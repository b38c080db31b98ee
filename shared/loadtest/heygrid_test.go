package loadtest

import (
	"reflect"
	"strings"
	"testing"
)

// heyHeading is the first line of the public table.
const heyHeading = "Requests/sec,Size/request,Status 200,Status 500,Concurrent requests,10th percentile,50th percentile,75th percentile,90th percentile,99th percentile,hello - Current replicas"

// A spreadsheet saves a table with a byte order mark and quoted column names.
func TestAHeyGridThatASpreadsheetSavedIsRead(t *testing.T) {
	const row = "797.9,28 bytes,400,0,10,0.0055,0.01,0.0148,0.0223,0.0322,5\n"
	want, err := ReadHeyGrid(strings.NewReader(heyHeading + "\n" + row))
	if err != nil || len(want) != 1 {
		t.Fatalf("%+v, %v", want, err)
	}
	quoted := `"` + strings.ReplaceAll(heyHeading, ",", `","`) + `"`
	for _, heading := range []string{"\ufeff" + heyHeading, quoted, "\ufeff" + quoted} {
		if got, err := ReadHeyGrid(strings.NewReader(heading + "\r\n" + row)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v", heading, got, err)
		}
	}
}

func FuzzReadHeyGrid(f *testing.F) {
	const head = heyHeading + "\n"
	f.Add(head + "797.9,28 bytes,400,0,10,0.0055,0.01,0.0148,0.0223,0.0322,5\n")
	f.Add(head + "NaN,28 bytes,400,0,10,0.0055,0.01,0.0148,0.0223,0.0322,1e9\n")
	f.Fuzz(func(t *testing.T, text string) {
		samples, err := ReadHeyGrid(strings.NewReader(text))
		for _, s := range samples {
			if err == nil && (s.X.Validate() != nil || s.Replicas < 1) {
				t.Errorf("%q was read as %+v", text, s)
			}
		}
	})
}

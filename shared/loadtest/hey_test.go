package loadtest

import (
	"os"
	"strings"
	"testing"
	"unicode/utf16"
)

// heyText is a summary that hey has printed.
func heyText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/hey.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// utf16Text returns a text as PowerShell saves it.
func utf16Text(text string) string {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return string(out)
}

// Summary and CSV are told apart by what is in them, whatever the name of the file.
func TestHeyIsReadHoweverItIsSaved(t *testing.T) {
	text := heyText(t)
	want, err := ReadHeyText(strings.NewReader(text), Conditions{Concurrency: 10})
	if err != nil {
		t.Fatal(err)
	}
	for name, saved := range map[string]string{"as it is": text, "UTF-16": utf16Text(text), "with a mark": "\ufeff" + text, "lines of Windows": strings.ReplaceAll(text, "\n", "\r\n")} {
		if got, err := ReadHey(strings.NewReader(saved), Conditions{Concurrency: 10}); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	csv := "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n0.5,0,0,0,0,0,200,0.1\n"
	if got, err := ReadHey(strings.NewReader(csv), Conditions{Concurrency: 1, Calls: 1}); err != nil || got.Requests != 1 || got.Seconds != 0.6 {
		t.Errorf("CSV: got %+v, %v", got, err)
	}
}

// hey leaves calls without an answer out of its CSV. Two callers that were asked for 9
// calls make 8; 6 were answered.
func TestTheErrorsThatTheCSVHidesCount(t *testing.T) {
	csv := "response-time,status-code,offset\n" + strings.Repeat("0.5,200,0.1\n", 6)
	got, err := ReadHeyCSV(strings.NewReader(csv), Conditions{Concurrency: 2, Calls: 9})
	if err != nil || got.Status != [4]int{6, 0, 0, 2} || got.Requests != 8 || got.ErrorRate() != 0.25 {
		t.Errorf("got %+v, %v", got, err)
	}
	for want, calls := range map[string]int{"errors would not be seen": 0, "at least the 6 answers, were: 7, of which 4 callers make 4": 7} {
		if _, err := ReadHeyCSV(strings.NewReader(csv), Conditions{Concurrency: 4, Calls: calls}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d calls: got %v", calls, err)
		}
	}
}

// Figures of two runs cannot be joined: their times overlap.
func TestTwoRunsInAFileAreRefused(t *testing.T) {
	text := heyText(t)
	rows := "response-time,status-code,offset\n1,200,0\n1,200,3\n"
	for name, two := range map[string]string{
		"summaries": text + text, "CSV with both headings": rows + rows,
		"CSV with one heading": rows + "1,200,0\n1,200,3\n", "a summary after CSV": rows + text,
	} {
		if got, err := ReadHey(strings.NewReader(two), Conditions{Concurrency: 1, Calls: 4}); err == nil {
			t.Errorf("%s were read as %+v", name, got)
		} else if name != "a summary after CSV" && !strings.Contains(err.Error(), "several runs") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherToolsAreNamed(t *testing.T) {
	for tool, output := range map[string]string{
		"oha":           "Summary:\n  Success rate:\t100.00%\n  Total:\t0.2552 sec\n",
		"wrk":           "Running 10s test @ http://127.0.0.1:8080\n  2 threads and 10 connections\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n",
		"vegeta":        "Requests      [total, rate, throughput]         500, 50.10, 50.07\n",
		"k6":            "     http_req_duration..............: avg=5.1ms min=1ms\n",
		"ab":            "This is ApacheBench, Version 2.3 <$Revision: 1879490 $>\n",
		"JSON":          "{\"summary\": {}}\n",
		"-o csv: no li": "hello\n",
	} {
		for _, saved := range []string{output, utf16Text(output)} {
			if _, err := ReadHey(strings.NewReader(saved), Conditions{}); err == nil || !strings.Contains(err.Error(), tool) {
				t.Errorf("%s: %v", tool, err)
			}
		}
	}
	few := strings.Replace(heyText(t), "99%", "0%", 1)
	if _, err := ReadHey(strings.NewReader(few), Conditions{}); err == nil || !strings.Contains(err.Error(), "make more calls") {
		t.Errorf("few answers: %v", err)
	}
}

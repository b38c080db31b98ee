package loadtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"prewarm/shared/trace"
)

// Conditions are what the output of hey does not contain: fields of a Row, and the
// calls that hey was asked for with -n, 0 if they are unknown.
type Conditions struct {
	Rate        float64
	Concurrency int
	Replicas    int
	Calls       int
}

// ReadHey reads the summary that hey prints, or its -o csv, whichever in is: as UTF-8,
// or as UTF-16, in which shells of Windows save it. The output of other tools is an
// error that names the tool.
func ReadHey(in io.Reader, run Conditions) (Row, error) {
	text, err := trace.Text(in)
	if err != nil {
		return Row{}, fmt.Errorf("loadtest: hey: %w", err)
	}
	head, _ := text.Peek(sniffed)
	if tool := toolOf(string(head)); tool != "" {
		return Row{}, fmt.Errorf("loadtest: this is the output of %s; read is what hey prints, or its -o csv", tool)
	}
	first, _, _ := strings.Cut(string(head), "\n")
	if strings.Contains(first, "response-time") {
		return ReadHeyCSV(text, run)
	}
	return ReadHeyText(text, run)
}

// Lines of hey's summary. It writes "10%% in" where "10% in" is meant.
var (
	heyTotal   = regexp.MustCompile(`^\s*Total:\s+([0-9.]+) secs$`)
	heyRate    = regexp.MustCompile(`^\s*Requests/sec:\s+([0-9.]+)$`)
	heySize    = regexp.MustCompile(`^\s*Size/request:\s+([0-9]+) bytes$`)
	heyLatency = regexp.MustCompile(`^\s*([0-9]+)%%? in ([0-9.]+) secs$`)
	heyStatus  = regexp.MustCompile(`^\s*\[([0-9]{3})\]\s+([0-9]+) responses$`)
	heyError   = regexp.MustCompile(`^\s*\[([0-9]+)\]\s+\S`)
)

// ReadHeyText reads the summary that hey prints. It fails if hey left out the 99th
// percentile, as it does for too few answers, and if there are summaries of several
// runs, whose figures cannot be joined.
//
// The lines that are read look like this; all others are skipped:
//
//	Total:        10.0032 secs
//	Requests/sec: 512.3000
//	Size/request: 28 bytes
//	99%% in 0.0120 secs
//	[200] 5121 responses
//	[3]   Post "http://...": context deadline exceeded
//
// The last one, with a count in brackets, follows the heading "Error distribution".
func ReadHeyText(in io.Reader, run Conditions) (Row, error) {
	row := Row{Rate: run.Rate, Concurrency: run.Concurrency, Replicas: run.Replicas}
	h := heySummary{row: &row, found: map[string]bool{}}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := h.line(strings.TrimRight(lines.Text(), " \r")); err != nil {
			return Row{}, fmt.Errorf("loadtest: hey: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return Row{}, fmt.Errorf("loadtest: hey: %w", err)
	}
	for _, name := range []string{"Total", "Requests/sec"} {
		if !h.found[name] {
			return Row{}, fmt.Errorf("loadtest: not the summary that hey prints, nor its -o csv: no line %q", name)
		}
	}
	answers := row.Status[Status2xx] + row.Status[Status4xx] + row.Status[Status5xx]
	// Without any call, the text is not a summary of hey.
	if row.Requests = answers + row.Status[NoAnswer]; row.Requests == 0 {
		return Row{}, errors.New("loadtest: hey: no answers and no errors")
	}
	if answers > 0 && !h.found["99"] {
		return Row{}, fmt.Errorf("loadtest: hey: no 99th percentile among %d answers; hey prints it with a hundred or more: let it make more calls", answers)
	}
	return row, nil
}

// heySummary is the state of reading a summary.
type heySummary struct {
	row    *Row
	found  map[string]bool // lines and percentiles that were read
	errors bool            // within "Error distribution"
}

// errTwoRuns means that runs were appended to one file.
var errTwoRuns = errors.New("the file has the output of several runs: write each run to a file of its own")

// line reads one line. Lines of other content are skipped.
func (h *heySummary) line(text string) error {
	if strings.HasPrefix(text, "Error distribution") {
		h.errors = true
	}
	// The forms exclude each other, so that the random order of the map does not matter.
	for name, part := range map[string]struct {
		form *regexp.Regexp
		into *float64
	}{"Total": {heyTotal, &h.row.Seconds}, "Requests/sec": {heyRate, &h.row.RequestsPerSecond}, "Size/request": {heySize, &h.row.ResponseBytes}} {
		if m := part.form.FindStringSubmatch(text); m != nil {
			if h.found[name] {
				return errTwoRuns
			}
			h.found[name] = true
			return parseFinite(name, m[1], part.into)
		}
	}
	if m := heyLatency.FindStringSubmatch(text); m != nil {
		for i, p := range Percentiles {
			if m[1] == strconv.Itoa(int(p)) {
				h.found[m[1]] = true
				return parseFinite(m[1]+"%", m[2], &h.row.Latency[i])
			}
		}
		return nil
	}
	// hey also prints percentiles that Row does not hold, such as the 25th.
	return h.count(text)
}

// count reads a line of the status or the error distribution, which adds to
// Row.Status.
func (h *heySummary) count(text string) error {
	index, digits := NoAnswer, ""
	// The text of an error could look like a status line.
	if m := heyStatus.FindStringSubmatch(text); m != nil && !h.errors {
		index, digits = StatusIndex(code(m[1])), m[2]
	} else if m := heyError.FindStringSubmatch(text); m != nil && h.errors {
		digits = m[1]
	} else {
		return nil
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > math.MaxInt32 || h.row.Status[index] > math.MaxInt32 {
		return fmt.Errorf("a count must be a whole number, was: %.40q", digits)
	}
	h.row.Status[index] += n
	return nil
}

// code returns a status code, or 0, which is not a success, if text is not a number.
func code(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// parseFinite sets into to the number in text. Infinity and NaN are errors, which
// ParseFloat accepts.
func parseFinite(name, text string, into *float64) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || !(v >= 0) {
		return fmt.Errorf("%s must be a number and at least 0, was: %.40q", name, text)
	}
	*into = v
	return nil
}

package trace_test

import (
	"fmt"
	"testing/fstest"

	"prewarm/shared/trace"
)

// A trace in the layout of one re-keyed day: a row for each function, a column for each minute.
func ExampleRead() {
	files := fstest.MapFS{"day.csv": {Data: []byte("fn,1,2,3\nhello,0,2,1\nbye,0,0,5\n")}}
	t, err := trace.Read(files, trace.Options{Strict: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Layout, t.Minutes, "minutes")
	for _, f := range t.Functions {
		fmt.Println(f.Name, f.Calls(), "calls in", f.ActiveMinutes(), "minutes")
	}
	// Output:
	// azure2019_single_day 3 minutes
	// hello 3 calls in 2 minutes
	// bye 5 calls in 1 minutes
}

// An error names file, line, column and value.
func ExampleRowError() {
	files := fstest.MapFS{"day.csv": {Data: []byte("fn,1,2\nhello,1,many\n")}}
	_, err := trace.Read(files, trace.Options{Strict: true})
	fmt.Println(err)
	// Output: day.csv: line 2, column 3 (2): must be a whole number of calls, 0 to 2147483647, was: "many"
}

// Until keeps the minutes before the given one.
func ExampleTrace_Until() {
	t := &trace.Trace{Minutes: 4, Functions: []trace.Function{{Name: "hello", Counts: []int32{1, 0, 7, 2}}}}
	fmt.Println(t.Until(3).Functions[0].Counts)
	// Output: [1 0 7]
}

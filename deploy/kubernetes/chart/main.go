// Command chart renders the Helm chart in the folder that its argument names, with Helm's own
// library. It reads requests as JSON, one per line, and prints a response as JSON for each. With
// the flag -lint it prints what helm lint finds instead, and fails if that is an error.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

func main() {
	log.SetOutput(io.Discard) // the loader names each link that it follows
	linted := flag.Bool("lint", false, "print what helm lint finds")
	flag.Parse()
	err := run(flag.Arg(0), os.Stdin, os.Stdout)
	if *linted {
		err = check(flag.Arg(0), os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

// run answers every request.
func run(folder string, in io.Reader, out io.Writer) error {
	chart, err := loader.Load(folder)
	if err != nil {
		return err
	}
	lines, answers := bufio.NewScanner(in), json.NewEncoder(out)
	lines.Buffer(nil, 1<<20) // the objects of a cluster are on one line
	for lines.Scan() {
		var q request
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return err
		}
		if err := answers.Encode(q.render(chart)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// check prints the messages of helm lint. The lookups of a lint find nothing.
func check(folder string, out io.Writer) error {
	found := lint.AllWithKubeVersion(folder, nil, namespace, nil)
	for _, m := range found.Messages {
		fmt.Fprintln(out, m)
	}
	if found.HighestSeverity >= support.ErrorSev {
		return fmt.Errorf("%d messages", len(found.Messages))
	}
	return nil
}

// Command promql reads PromQL expressions as a JSON array and parses each with
// Prometheus's own parser. It prints one line of JSON per expression: the names of the
// metrics that it selects, or the parse error.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/promql/parser"
)

// answer is the line for one expression.
type answer struct {
	Metrics []string `json:"metrics"`
	Error   string   `json:"error,omitempty"`
}

func main() {
	var expressions []string
	if err := json.NewDecoder(os.Stdin).Decode(&expressions); err != nil {
		fmt.Fprintln(os.Stderr, "promql:", err)
		os.Exit(1)
	}
	out := json.NewEncoder(os.Stdout)
	for _, e := range expressions {
		if err := out.Encode(read(e)); err != nil {
			fmt.Fprintln(os.Stderr, "promql:", err)
			os.Exit(1)
		}
	}
}

// read parses one expression.
func read(expression string) answer {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var a answer
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			a.Metrics = append(a.Metrics, s.Name)
		}
		return nil
	})
	return a
}

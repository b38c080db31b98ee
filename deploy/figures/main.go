// Command figures prints how large the parts of the code are: lines of functions
// and files, shares of comments and documentation, tests and examples. It reads
// the Go files below the working directory.
//
//	go run ./deploy/figures
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"prewarm/shared/cli"
)

func main() {
	cli.Main("figures", func(_ context.Context, _ []string, out, _ io.Writer) error {
		f, err := measure(os.DirFS("."))
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(out, f)
		return err
	})
}

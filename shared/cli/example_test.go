package cli_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"prewarm/shared/cli"
)

// A program is a function of its arguments and outputs. Main, in place of Run,
// takes those of the process and ends it with the exit code.
func ExampleRun() {
	greet := func(_ context.Context, args []string, out, log io.Writer) error {
		flags := flag.NewFlagSet("greet", flag.ContinueOnError)
		flags.SetOutput(log)
		name := flags.String("name", "world", "whom to greet")
		if err := cli.Parse(flags, args); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, "hello,", *name)
		return err
	}
	fmt.Println(cli.Run(context.Background(), "greet", greet, []string{"-name", "Go"}, os.Stdout, os.Stdout))
	fmt.Println(cli.Run(context.Background(), "greet", greet, []string{"Go"}, os.Stdout, os.Stdout))
	// Output:
	// hello, Go
	// 0
	// greet: unknown argument: "Go"
	// 1
}

// A log that is not a terminal gets a line at each tenth.
func ExampleBar() {
	bar := cli.NewBar(os.Stdout, "count", 4)
	for range 4 {
		bar.Add(1)
	}
	bar.Done()
	// Output:
	// count: 20 % (1 of 4)
	// count: 50 % (2 of 4)
	// count: 70 % (3 of 4)
	// count: 100 % (4 of 4)
}

// A write that fails leaves the old file.
func ExampleWriteFile() {
	dir, err := os.MkdirTemp("", "cli")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "report.txt")
	write := func(text string, failure error) {
		err := cli.WriteFile(path, func(w io.Writer) error {
			fmt.Fprint(w, text)
			return failure
		})
		content, _ := os.ReadFile(path)
		fmt.Println(err != nil, string(content))
	}
	write("first", nil)
	write("second", io.ErrUnexpectedEOF)
	// Output:
	// false first
	// true first
}

// Browser takes the screenshots of the README from a running dashboard, such as that
// of make up or make demo.
//
//	go run ./deploy/browser -url http://127.0.0.1:8080/function/dashboard/ -out deploy/browser/screenshots
//
// Its tests drive the dashboard in a headless Chromium.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"prewarm/shared/cli"
	"prewarm/shared/config"

	"github.com/chromedp/chromedp"
)

func main() {
	cli.Main("browser", func(ctx context.Context, args []string, _, _ io.Writer) error { return run(ctx, args) })
}

// patience bounds the time of one screenshot, and of one action in the tests.
const patience = 30 * time.Second

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("browser", flag.ContinueOnError)
	address := flags.String("url", "http://127.0.0.1:8080/function/dashboard/", "address of the dashboard")
	out := flags.String("out", "deploy/browser/screenshots", "folder of the screenshots")
	function := flags.String("function", "", "function to show, name.namespace; if empty, the one with the greatest chance of a call")
	if err := cli.Parse(flags, args); err != nil {
		return err
	}
	if _, err := config.ParseURL(*address, "http", "https"); err != nil {
		return fmt.Errorf("-url %w", err)
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	tab, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	return takeAll(tab, *address, *function, *out)
}

// screenshot is one page in one size and colour scheme.
type screenshot struct {
	name, query, scheme string
	width, height       int64
	ready               string // JavaScript expression that is true when the page is complete
}

// Expressions that are true when a page is complete.
const (
	overviewReady = `document.querySelectorAll("#rows tr").length > 0 && document.getElementById("live").textContent === "live"`
	functionReady = `document.querySelectorAll("#canvases canvas").length === 4`
	savingsReady  = `document.querySelectorAll("#savings table").length > 0`
)

// takeAll writes all screenshots to the folder out.
func takeAll(tab context.Context, address, function, out string) error {
	if function == "" {
		var err error
		if function, err = busiest(tab, address); err != nil {
			return err
		}
	}
	one := "?function=" + url.QueryEscape(function)
	for _, s := range []screenshot{
		{"overview", "", "light", 1280, 760, overviewReady},
		{"function", one, "light", 1280, 1000, functionReady},
		{"function-dark", one, "dark", 1280, 1000, functionReady},
		{"savings", "?page=savings", "light", 1280, 860, savingsReady},
		{"phone", "", "dark", 390, 780, overviewReady},
	} {
		if err := s.take(tab, address, out); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// busiest returns the function with the greatest chance of a call that is not near
// certainty: its charts show most.
func busiest(tab context.Context, address string) (string, error) {
	var name string
	const script = `fetch("?api=overview").then((a) => a.json()).then((all) => {
		const open = all.rows.filter((r) => r.chance_5 !== null && r.chance_5 < 0.97);
		open.sort((a, b) => b.chance_5 - a.chance_5);
		return (open[0] || all.rows[0] || { function: "" }).function;
	})`
	err := within(tab, chromedp.Navigate(address), chromedp.Evaluate(script, &name, awaitPromise))
	if err == nil && name == "" {
		err = errors.New("the dashboard shows no function yet; wait for the first steps")
	}
	return name, err
}

// take writes one screenshot.
func (s screenshot) take(tab context.Context, address, out string) error {
	var image []byte
	err := within(tab,
		chromedp.EmulateViewport(s.width, s.height), scheme(s.scheme),
		chromedp.Navigate(address+s.query), chromedp.Poll(s.ready, nil), chromedp.Sleep(time.Second), // the first update of the live page
		chromedp.CaptureScreenshot(&image))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, s.name+".png"), image, 0o644)
}

// within runs actions within patience.
func within(tab context.Context, actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

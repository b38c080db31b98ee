package main

import (
	"context"
	"errors"
	"os/exec"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// errNoBrowser means that there is no Chromium on this machine.
var errNoBrowser = errors.New("no Chromium was found: install the package chromium")

// find returns the path of a Chromium. chromedp would search as well, but its error
// does not distinguish a missing browser from one that fails.
func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}

// open starts a headless Chromium with an empty profile and returns the context of
// its first tab. The returned function closes the tab and ends the browser.
func open(ctx context.Context) (context.Context, context.CancelFunc, error) {
	path, err := find()
	if err != nil {
		return nil, nil, err
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.DisableGPU,
	}
	// Nothing may be sent that the page did not ask for, and scroll bars differ
	// between systems.
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars", "mute-audio"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	browser, stop := chromedp.NewExecAllocator(ctx, options...)
	tab, closeTab := chromedp.NewContext(browser)
	if err := chromedp.Run(tab); err != nil {
		closeTab()
		stop()
		return nil, nil, err
	}
	return tab, func() { closeTab(); stop() }, nil
}

// scheme returns an action that makes pages light or dark.
func scheme(name string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}})
}

// awaitPromise makes an evaluation wait for the promise that its expression returns.
func awaitPromise(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

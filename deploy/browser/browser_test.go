package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe-core 4.14.1 as published on npm, with its licences beside it.
//
//go:embed testdata/axe.js
var axe string

// tab is a page in the browser.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu    sync.Mutex
	wrong []string        // exceptions, and violations of the Content-Security-Policy
	hosts map[string]bool // that requests went to
}

// browser starts a Chromium, or skips the test.
func browser(t testing.TB) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a browser")
	}
	ctx, done, err := open(context.Background())
	if errors.Is(err, errNoBrowser) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return ctx
}

// newTab opens an empty tab without cookies.
func newTab(t testing.TB, in context.Context) *tab {
	t.Helper()
	ctx, done := chromedp.NewContext(in)
	t.Cleanup(done)
	b := &tab{t: t, ctx: ctx, hosts: map[string]bool{}}
	chromedp.ListenTarget(ctx, b.listen)
	if err := chromedp.Run(ctx); err != nil { // chromedp closes a tab with the context of its first run
		t.Fatal(err)
	}
	b.do(log.Enable(), network.Enable(), network.ClearBrowserCookies(), cdppage.BringToFront(), chromedp.EmulateViewport(1280, 900))
	return b
}

// listen notes the errors and the requests of the page.
func (b *tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		if e.Entry.Source == log.SourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
			b.wrong = append(b.wrong, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" {
			b.hosts[u.Host] = true
		}
	}
}

// sound fails the test if a script failed, if the policy was violated or if a
// request went to another host.
func (b *tab) sound(host string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.wrong {
		b.t.Error(text)
	}
	for other := range b.hosts {
		if other != host {
			b.t.Errorf("a request went to %s", other)
		}
	}
}

// do runs actions and fails the test if one fails.
func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := within(b.ctx, actions...); err != nil {
		b.t.Fatalf("%v; the page shows:\n%s", err, b.seen())
	}
}

// until waits until a JavaScript expression is true. An expression that cannot be
// evaluated counts as false, since the page may be loading.
func (b *tab) until(expression string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		holds := false
		err := within(b.ctx, chromedp.Evaluate("Boolean("+expression+")", &holds))
		if err == nil && holds {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("never true: %s (%v); the page shows:\n%s", expression, err, b.seen())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// seen returns the first characters of the page, for error texts.
func (b *tab) seen() string {
	var text string
	_ = chromedp.Run(b.ctx, chromedp.Evaluate(`document.body.innerText.slice(0, 600)`, &text))
	return text
}

// text returns the value of a JavaScript expression as a string.
func (b *tab) text(expression string) string {
	b.t.Helper()
	var out string
	b.do(chromedp.Evaluate("String("+expression+")", &out))
	return out
}

// expect compares the value of a JavaScript expression.
func (b *tab) expect(expression, want string) {
	b.t.Helper()
	if got := b.text(expression); got != want {
		b.t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

// live is an expression that is true while the page has an event stream.
const live = `document.getElementById("live").textContent === "live"`

// choose returns an action that sets a control and reports it as user input.
func choose(id, value string) chromedp.Action {
	return chromedp.Evaluate(fmt.Sprintf(`(() => {
		const control = document.getElementById(%q);
		control.value = %q;
		control.dispatchEvent(new Event("input", { bubbles: true }));
	})()`, id, value), nil)
}

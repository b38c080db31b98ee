package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"prewarm/shared/event"
)

func TestTheDashboardInABrowser(t *testing.T) {
	chromium := browser(t)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *world, *tab)
	}{
		{"the overview shows all functions", overviewStory},
		{"the table can be filtered and sorted", filterStory},
		{"the charts of a function move with the next step", functionStory},
		{"pausing needs credentials", pauseStory},
		{"reading can be closed", closedStory},
		{"a user of the gateway can set the mode of a function", modeStory},
		{"all controls can be reached with the keyboard", keyboardStory},
		{"HTML in messages is shown as text", hostileStory},
		{"every page passes axe-core, light and dark, wide and narrow", accessibleStory},
		{"behind a proxy that holds events back the page polls", heldStory},
		{"after a restart of the server the page misses nothing", lossStory},
	} {
		t.Run(story.name, func(t *testing.T) {
			w, b := newWorld(t, 120), newTab(t, chromium)
			story.tell(t, w, b)
			b.sound(w.address)
		})
	}
}

func overviewStory(_ *testing.T, w *world, b *tab) {
	b.do(chromedp.Navigate(w.url("")))
	b.until(live + ` && document.querySelectorAll("#rows tr").length === 50`)
	b.expect(`document.getElementById("sum-functions").textContent`, "120")
	b.expect(`document.getElementById("shown").textContent`, "50 of 120 functions are shown")
	b.expect(`document.querySelectorAll("#rows tr")[0].children[1].firstElementChild.getBoundingClientRect().width`, "180")
	b.do(chromedp.Click("#more"))
	b.until(`document.querySelectorAll("#rows tr").length === 120`)
}

func filterStory(_ *testing.T, w *world, b *tab) {
	b.do(chromedp.Navigate(w.url("/")))
	b.until(live)
	b.do(chromedp.SendKeys("#q", "shop-11"))
	b.until(`document.querySelectorAll("#rows tr").length === 11`) // shop-11 and shop-110 to shop-119
	b.do(choose("ns", "staging"))
	b.until(`document.querySelectorAll("#rows tr").length === 6`)
	b.expect(`new URLSearchParams(location.search).get("ns")`, "staging")
	b.do(chromedp.Click("#alert"))
	b.until(`[...document.querySelectorAll("#rows tr")].every((r) => r.textContent.includes("alert"))`)
	b.do(chromedp.Reload())
	b.until(live + ` && document.getElementById("ns").value === "staging" && document.getElementById("alert").checked`)
	b.do(choose("q", "no such function"))
	b.until(`!document.getElementById("none").hidden && document.getElementById("table").hidden`)
	b.do(chromedp.Navigate(w.url("/")))
	b.until(live)
	b.do(chromedp.Click(`th[data-sort="cold"] button`))
	b.until(`document.querySelector("th[aria-sort]").dataset.sort === "cold" && document.querySelector("#rows tr").children[5].textContent.startsWith("2.3")`)
	b.do(choose("mode", "observe"))
	b.until(`document.getElementById("sum-functions").textContent === "60"`)
}

func functionStory(t *testing.T, w *world, b *tab) {
	b.do(chromedp.Navigate(w.url("/")))
	b.until(live)
	b.do(chromedp.Click(`#rows a[href="?function=shop-0.openfaas-fn"]`))
	b.until(`document.querySelectorAll("#canvases canvas").length === 4 && ` + live)
	picture := func() string { return b.text(`document.querySelector("#canvases canvas").toDataURL()`) }
	before := picture()
	b.expect(`document.getElementById("canvases").dataset.origin`, fmt.Sprint(w.origin))
	w.tick()
	b.until(fmt.Sprintf(`document.getElementById("canvases").dataset.origin === "%d"`, w.origin))
	b.until(`document.querySelectorAll("#decisions tbody tr").length >= 2`)
	after := picture()
	if after == before {
		t.Error("the forecast did not move")
	}
	b.do(choose("back", "60"), chromedp.Sleep(100*time.Millisecond)) // uPlot draws in a microtask, later than the event
	if picture() == after {
		t.Error("the choice of the time range changed nothing")
	}
	b.do(choose("lead", "60"))
	b.until(`document.getElementById("verdict").textContent.includes("60 minutes before")`)
	b.do(choose("lead", "1"))
	b.until(`document.getElementById("verdict").textContent.includes("mean squared error")`)
}

func pauseStory(t *testing.T, w *world, b *tab) {
	b.do(chromedp.Navigate(w.url("")))
	b.until(live + ` && document.getElementById("sign-in") !== null`)
	b.expect(`document.getElementById("pause")`, "null")
	var status int
	b.do(chromedp.Evaluate(`fetch("?api=pause", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"paused":true}' }).then((a) => a.status)`, &status, awaitPromise))
	if status != 401 || w.paused() {
		t.Fatalf("pausing without credentials answered %d", status)
	}
	b.do(chromedp.Click("#sign-in"), chromedp.SendKeys("#sign-in-token", "not the token"), chromedp.SendKeys("#sign-in-token", kb.Enter))
	b.until(`document.querySelector("dialog").textContent.includes("the token is not the configured one")`)
	b.do(choose("sign-in-token", token), chromedp.SendKeys("#sign-in-token", kb.Enter))
	b.until(`document.querySelector("dialog") === null && document.getElementById("pause") !== null`)
	b.do(chromedp.Evaluate(`fetch("?api=pause", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"paused":true}' }).then((a) => a.status)`, &status, awaitPromise))
	if status != 403 || w.paused() {
		t.Fatalf("the cookie alone must not be enough, answered %d", status)
	}
	b.do(chromedp.Click("#pause"))
	b.until(`document.getElementById("pause").textContent === "Resume scaling" && document.getElementById("notices").textContent.includes("paused by the operator")`)
	if !w.paused() {
		t.Error("the switch was not set")
	}
	b.do(chromedp.Click("#pause"))
	b.until(`document.getElementById("pause").textContent === "Pause scaling" && document.getElementById("notices").textContent === ""`)
	if w.paused() {
		t.Error("the switch was not released")
	}
	if page := b.text("document.documentElement.outerHTML + document.cookie"); strings.Contains(page, token) || strings.Contains(page, "prewarm_session") {
		t.Error("a script can read a secret")
	}
	b.do(chromedp.Click("#sign-out"))
	b.until(`document.getElementById("sign-in") !== null`)
}

// With a token of the readers, a page is the one to sign in; that token shows the functions and
// no switch.
func closedStory(t *testing.T, w *world, b *tab) {
	const readers = "the-token-of-the-readers"
	if err := os.WriteFile(filepath.Join(w.env["secrets_dir"], "prewarm-read-token"), []byte(readers), 0o600); err != nil {
		t.Fatal(err)
	}
	w.close()
	w.open()
	b.do(chromedp.Navigate(w.url("")))
	b.until(`document.querySelector("dialog #sign-in-token") !== null`)
	b.do(chromedp.SendKeys("#sign-in-token", readers), chromedp.SendKeys("#sign-in-token", kb.Enter))
	b.until(live + ` && document.querySelectorAll("#rows tr").length > 0 && document.getElementById("sign-out") !== null`)
	b.expect(`document.getElementById("pause")`, "null")
}

func modeStory(t *testing.T, w *world, b *tab) {
	b.do(chromedp.Navigate(w.url("?function=shop-1.staging")))
	b.until(live + ` && document.getElementById("sign-in") !== null`)
	b.do(chromedp.Click("#sign-in"), chromedp.SendKeys("#sign-in-user", user), chromedp.SendKeys("#sign-in-password", password), chromedp.SendKeys("#sign-in-password", kb.Enter))
	b.until(`document.getElementById("set-mode") !== null && document.getElementById("set-mode").value === "annotated"`)
	b.do(choose("set-mode", "active"), chromedp.Click("#apply-mode"))
	b.until(`document.getElementById("function-controls").textContent.includes("is active from the next step on")`)
	b.until(`document.getElementById("tiles").textContent.includes("active from the next decision on")`)
	if got := w.modes()["shop-1.staging"]; got.Mode != "active" || got.By != "gateway user "+user {
		t.Errorf("got %+v", got)
	}
	b.do(choose("set-mode", "annotated"), chromedp.Click("#apply-mode"))
	b.until(`document.getElementById("function-controls").textContent.includes("is as annotated from the next step on")`)
	if got := w.modes(); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if n := w.gateway.changes(); n != 0 {
		t.Errorf("%d requests changed something at the gateway", n)
	}
}

func keyboardStory(_ *testing.T, w *world, b *tab) {
	b.do(chromedp.Navigate(w.url("")))
	b.until(live + ` && document.getElementById("sign-in") !== null`)
	b.do(chromedp.KeyEvent(kb.Tab))
	b.expect(`document.activeElement.className`, "skip")
	want := []string{"q", "ns", "mode", "alert"}
	for range 12 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if len(want) > 0 && b.text("document.activeElement.id") == want[0] {
			want = want[1:]
		}
	}
	if len(want) > 0 {
		b.t.Errorf("not reached: %v", want)
	}
	b.do(chromedp.Focus(`th[data-sort="chance"] button`), chromedp.KeyEvent(kb.Enter))
	b.until(`document.querySelector('th[data-sort="chance"]').getAttribute("aria-sort") === "descending"`)
	b.do(chromedp.Focus("#sign-in"), chromedp.KeyEvent(kb.Enter))
	b.until(`document.querySelector("dialog[open]") !== null`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`document.querySelector("dialog") === null`)
}

func hostileStory(_ *testing.T, w *world, b *tab) {
	const markup = `<img src=x onerror="window.ran=1"><script>window.ran=2</script>`
	bad := w.decision(w.names[0], 0)
	bad.Reason, bad.Mode, bad.Direction = markup, `"><b onmouseover=x>`, markup
	bad.Time = bad.Time.Add(time.Second)
	w.publish(event.TypeDecisions, "hostile", &event.Decisions{Decisions: []event.Decision{bad}})
	for _, query := range []string{"", "?function=" + w.names[0], "?q=" + url.QueryEscape(markup), "?function=" + url.QueryEscape(markup)} {
		b.do(chromedp.Navigate(w.url(query)))
		b.until(live)
		if query == "" || strings.Contains(query, w.names[0]) {
			b.until(`document.getElementById("main").textContent.includes("<img src=x onerror=")`)
		}
		b.expect("window.ran", "undefined")
		b.expect(`document.querySelectorAll("main img, main script, main b").length`, "0")
	}
}

func accessibleStory(t *testing.T, w *world, b *tab) {
	b.do(chromedp.Navigate(w.url("?page=alerts")))
	b.until(live)
	for _, query := range []string{"", "?function=shop-2.openfaas-fn", "?page=savings", "?page=alerts", "?function=gone.ns", "?q=nothing"} {
		for _, colours := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 390} {
				b.do(chromedp.EmulateViewport(width, 900), scheme(colours), chromedp.Navigate(w.url(query)))
				b.until(live)
				if strings.Contains(query, "shop-2") {
					b.until(functionReady)
				}
				b.accessible(fmt.Sprintf("%q %s %d", query, colours, width))
				if width == 390 {
					if wide := b.text(`[...document.querySelectorAll("body *")].filter((n) => n.getBoundingClientRect().right > 390 && !n.closest(".scroll, .hidden, thead, .skip")).map((n) => n.tagName + "#" + n.id + "." + n.className).slice(0, 3).join()`); wide != "" {
						t.Errorf("%q does not fit a phone: %s", query, wide)
					}
				}
			}
		}
	}
	b.do(chromedp.Click("#sign-in"))
	b.accessible("sign in")
}

// accessible runs axe-core on the page.
func (b *tab) accessible(page string) {
	b.t.Helper()
	var found []string
	b.do(chromedp.Evaluate(axe+`;axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")))`, &found, awaitPromise))
	for _, text := range found {
		b.t.Errorf("%s: %s", page, text)
	}
}

func lossStory(_ *testing.T, w *world, b *tab) {
	b.do(chromedp.Navigate(w.url("")))
	b.until(live)
	b.do(chromedp.Evaluate(`window.stayed = true`, nil))
	w.close()
	b.until(`document.getElementById("live").textContent.includes("connection lost")`)
	w.tick() // while the page is not connected
	w.open()
	b.until(live)
	last := time.Unix(w.origin, 0).UTC().Format("15:04:05")
	b.until(`document.getElementById("age").textContent.includes("` + last + `")`)
	w.tick()
	last = time.Unix(w.origin, 0).UTC().Format("15:04:05")
	b.until(`document.getElementById("age").textContent.includes("` + last + `")`)
	b.expect("window.stayed", "true")
	b.expect(`document.getElementById("sum-functions").textContent`, "120")
}

func heldStory(_ *testing.T, w *world, b *tab) {
	w.hold.Store(true)
	b.do(chromedp.Navigate(w.url("")))
	const polls = `document.getElementById("live").textContent === "updated every 5 s"`
	b.until(polls)
	shows := func() {
		b.until(`document.getElementById("age").textContent.includes("` + time.Unix(w.origin, 0).UTC().Format("15:04:05") + `")`)
	}
	w.tick()
	shows()
	b.expect(`document.querySelectorAll("#rows tr").length`, "50")
	w.hold.Store(false)
	b.until(live)
	w.tick()
	shows()
}

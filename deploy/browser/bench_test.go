package main

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// BenchmarkOverview opens the overview of 200 functions without a cache. It prints
// the time of the first contentful paint, and the transferred bytes until the page
// is live.
func BenchmarkOverview(b *testing.B) {
	chromium := browser(b)
	w := newWorld(b, 200)
	page := newTab(b, chromium)
	page.do(network.SetCacheDisabled(true), chromedp.Navigate(w.url("")))
	page.until(live)
	var paint, size float64
	for b.Loop() {
		page.do(chromedp.Navigate(w.url("")))
		page.until(live + ` && performance.getEntriesByName("first-contentful-paint").length > 0`)
		var at, transferred float64
		page.do(chromedp.Evaluate(`performance.getEntriesByName("first-contentful-paint")[0].startTime`, &at),
			chromedp.Evaluate(`performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0)`, &transferred))
		paint, size = paint+at, size+transferred
	}
	b.ReportMetric(paint/float64(b.N), "first-paint-ms")
	b.ReportMetric(size/1000/float64(b.N), "kB")
}

// BenchmarkInteraction filters and sorts 1,000 functions. It prints the longest time
// from an event until the page is drawn.
func BenchmarkInteraction(b *testing.B) {
	chromium := browser(b)
	w := newWorld(b, 1000)
	page := newTab(b, chromium)
	page.do(chromedp.Navigate(w.url("")))
	page.until(live + ` && document.getElementById("sum-functions").textContent === "1000"`)
	const script = `(async () => {
		const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
		const q = document.getElementById("q");
		let worst = 0;
		for (const text of ["shop-1", "shop-12", "", "9"]) {
			const begin = performance.now();
			q.value = text;
			q.dispatchEvent(new Event("input", { bubbles: true }));
			await drawn();
			worst = Math.max(worst, performance.now() - begin);
		}
		for (const key of ["cold", "function"]) {
			const begin = performance.now();
			document.querySelector('th[data-sort="' + key + '"] button').click();
			await drawn();
			worst = Math.max(worst, performance.now() - begin);
		}
		return worst;
	})()`
	worst := 0.0
	for b.Loop() {
		var took float64
		page.do(chromedp.Evaluate(script, &took, awaitPromise))
		worst = max(worst, took)
	}
	b.ReportMetric(worst, "worst-ms")
}

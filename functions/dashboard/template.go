package dashboard

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"

	"prewarm/functions/dashboard/history"
	"prewarm/functions/dashboard/ledger"
)

// unknown is shown for a value that is not known.
const unknown = "–"

// parsePage returns the page template and the Content-Security-Policy of its
// pages. The style sheet is part of the page and allowed by its hash. Scripts
// must come from this host; the browser does not run those within a page.
func (d *Dashboard) parsePage() (*template.Template, string) {
	style := uplotStyle + styleText
	sum := sha256.Sum256([]byte(style))
	policy := fmt.Sprintf("default-src 'none'; script-src 'self'; style-src 'sha256-%s'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
	// The text is part of the program: a mistake in it is found by any test.
	return template.Must(template.New("page").Funcs(d.pageFuncs(style)).Funcs(numberFuncs()).Parse(pageText + signInText)), policy
}

// pageFuncs returns the functions of the template that depend on the dashboard.
func (d *Dashboard) pageFuncs(style string) template.FuncMap {
	return template.FuncMap{
		// The style sheet is a constant of the program and needs no escaping.
		"style": func() template.CSS { return template.CSS(style) },
		// The tag in the address makes a new version of a file a new address, past
		// every cache.
		"asset": func(name string) string { return "?asset=" + name + "&v=" + d.assets[name].tag },
		"utc":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"unix":  func(t int64) time.Time { return time.Unix(t, 0) },
		"unit":  d.unit, "units": d.units, "title": title,
		"titled": func(title, mode string, s ledger.Sums) titledSums {
			out := titledSums{Title: title, Mode: mode, Sums: s}
			if d.cfg.Price > 0 {
				cost := d.cfg.cost(s)
				out.Cost, out.CostKeepAlive = money(cost.Prewarm, d.cfg.Currency), money(cost.KeepAlive, d.cfg.Currency)
			}
			return out
		},
	}
}

// numberFuncs returns the functions that format numbers and texts, which may be unknown.
func numberFuncs() template.FuncMap {
	return template.FuncMap{
		"percent": func(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) },
		"count":   func(v *int) string { return orUnknown("%d", v) },
		"text":    func(v *string) string { return orUnknown("%s", v) },
		"decimal": func(v *float64) string { return orUnknown("%.1f", v) },
		"measure": func(v *float64) string { return orUnknown("%.3f", v) },
		"share": func(v *float64) string {
			if v == nil {
				return unknown
			}
			return fmt.Sprintf("%.1f %%", 100**v)
		},
		"amount": func(m ledger.Micro) string { return amount(m.Float()) },
	}
}

// titledSums are the sums of one mode with the title that they are shown under.
type titledSums struct {
	Title, Mode         string
	Cost, CostKeepAlive string // of the idle memory, empty without a price
	ledger.Sums
}

// amount formats a quantity with a decimal if it is small.
func amount(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// money formats a price. Below one unit of the currency it has two significant digits.
func money(v float64, currency string) string {
	if v > 0 && v < 1 {
		return strings.TrimSpace(fmt.Sprintf("%.2g %s", v, currency))
	}
	return strings.TrimSpace(fmt.Sprintf("%.2f %s", v, currency))
}

// orUnknown formats a value, nil as unknown.
func orUnknown[T any](format string, v *T) string {
	if v == nil {
		return unknown
	}
	return fmt.Sprintf(format, *v)
}

// unit returns what a step is called: minute, or step if it has another length.
func (d *Dashboard) unit() string {
	if d.cfg.Step == time.Minute {
		return "minute"
	}
	return "step"
}

// units returns a number of steps in words, such as "5 minutes", "1 hour" or "60
// steps".
func (d *Dashboard) units(n int) string {
	name := d.unit()
	if d.cfg.Step == time.Minute && n%history.HourSteps == 0 {
		n, name = n/history.HourSteps, "hour"
		if n%24 == 0 {
			n, name = n/24, "day"
		}
	}
	if n != 1 {
		name += "s"
	}
	return fmt.Sprintf("%d %s", n, name)
}

// title returns text with a capital letter. The text must not be empty.
func title(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

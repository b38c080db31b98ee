package dashboard

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// parsePage returns the template and the policy under which it is served. The
// style is part of the page and allowed by its hash; scripts come from this
// host, and none is in a page.
func (d *Dashboard) parsePage() (*template.Template, string) {
	style := uplotStyle + styleText
	sum := sha256.Sum256([]byte(style))
	policy := fmt.Sprintf("default-src 'none'; script-src 'self'; style-src 'sha256-%s'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
	page := template.New("page").Funcs(template.FuncMap{
		"style":   func() template.CSS { return template.CSS(style) },
		"utc":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"percent": func(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) },
		"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"unix":    func(t int64) time.Time { return time.Unix(t, 0) },
		"asset":   func(name string) string { return "?asset=" + name + "&v=" + d.assets[name].tag },
		"units":   d.units, "unit": d.unit, "title": title,
		"balance": newBalance, "saving": newBalance, "share": share, "number": number,
	})
	return template.Must(page.Parse(pageText)), policy
}

// unit is what a step is called.
func (d *Dashboard) unit() string {
	if d.cfg.Step == time.Minute {
		return "minute"
	}
	return "step"
}

// units names a number of steps.
func (d *Dashboard) units(n int) string {
	name := d.unit()
	if d.cfg.Step == time.Minute && n%hourSteps == 0 {
		n, name = n/hourSteps, "hour"
		if n%24 == 0 {
			n, name = n/24, "day"
		}
	}
	if n != 1 {
		name += "s"
	}
	return fmt.Sprintf("%d %s", n, name)
}

// balance is a tally with its title.
type balance struct {
	Title, Mode string
	tally
}

func newBalance(title, mode string, t tally) balance { return balance{title, mode, t} }

// share writes a number that may be unknown as a percentage.
func share(v *float64) string {
	if v == nil {
		return unknown
	}
	return fmt.Sprintf("%.1f %%", 100**v)
}

// number writes a number that may be unknown.
func number(v *float64) string {
	if v == nil {
		return unknown
	}
	return fmt.Sprintf("%.3f", *v)
}

func title(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

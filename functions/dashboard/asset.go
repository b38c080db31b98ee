package dashboard

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
)

// Files that are part of the program. uPlot is version 1.6.32 as published on
// npm, with its licence.
var (
	//go:embed uplot.js
	uplotScript []byte
	//go:embed uplot.css
	uplotStyle string
	//go:embed uplot.LICENSE
	uplotLicence []byte
	//go:embed app.js
	appScript []byte
	//go:embed function.js
	functionScript []byte
	//go:embed openapi.json
	openAPI []byte
	//go:embed signin.js
	signInScript []byte
	//go:embed page.html
	pageText string
	//go:embed signin.html
	signInText string
	//go:embed style.css
	styleText string
)

// asset is a file that pages link to.
type asset struct {
	kind string // media type
	body []byte
	tag  string // changes with the body
}

// newAsset returns an asset with its tag, the begin of its SHA-256.
func newAsset(kind string, body []byte) asset {
	sum := sha256.Sum256(body)
	return asset{kind: kind, body: body, tag: hex.EncodeToString(sum[:8])}
}

// newAssets returns the assets by name.
func newAssets() map[string]asset {
	const script = "text/javascript; charset=utf-8"
	return map[string]asset{
		"app.js":        newAsset(script, appScript),
		"signin.js":     newAsset(script, signInScript),
		"function.js":   newAsset(script, functionScript),
		"uplot.js":      newAsset(script, uplotScript),
		"uplot.LICENSE": newAsset("text/plain; charset=utf-8", uplotLicence),
	}
}

// serveAsset answers the file that the query names. Its address on a page holds
// its tag, so that a browser may keep the file for ever.
func (d *Dashboard) serveAsset(w http.ResponseWriter, r *http.Request) {
	a, known := d.assets[r.URL.Query().Get("asset")]
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	// Replaces the no-store of ServeHTTP: assets hold no state and no secret.
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(a.body)
}

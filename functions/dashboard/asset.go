package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
)

// uPlot 1.6.32 as published on npm, with its licence.
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
)

// asset is a file that is part of the program.
type asset struct {
	kind   string
	body   []byte
	packed []byte // with gzip
	tag    string
}

func newAsset(kind string, body []byte) asset {
	sum := sha256.Sum256(body)
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is valid
	_, _ = w.Write(body)                                       // memory takes it
	_ = w.Close()
	return asset{kind: kind, body: body, packed: packed.Bytes(), tag: hex.EncodeToString(sum[:8])}
}

func newAssets() map[string]asset {
	const script = "text/javascript; charset=utf-8"
	return map[string]asset{
		"app.js":        newAsset(script, appScript),
		"function.js":   newAsset(script, functionScript),
		"uplot.js":      newAsset(script, uplotScript),
		"uplot.LICENSE": newAsset("text/plain; charset=utf-8", uplotLicence),
	}
}

// serveAsset answers a file. Its address on a page holds its tag, so that a
// browser may keep it for good.
func (d *Dashboard) serveAsset(w http.ResponseWriter, r *http.Request) {
	a, known := d.assets[r.URL.Query().Get("asset")]
	if !known {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.body
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = a.packed
	}
	_, _ = w.Write(body)
}

func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// packedWriter compresses what is written to an answer.
type packedWriter struct {
	http.ResponseWriter
	out io.Writer
}

func (p packedWriter) Write(b []byte) (int, error) { return p.out.Write(b) }

// packed compresses the answers of next for those who take that.
func packed(next func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding")
		if !acceptsGzip(r) {
			next(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		out, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is valid
		next(packedWriter{w, out}, r)
		_ = out.Close() // a client that left is no news
	}
}

package dashboard

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

// handlers returns what is served, by method and path.
func (d *Dashboard) handlers() map[string]http.Handler {
	compress := compressor()
	// A browser without a place gets the page to sign in, after which it has one.
	page := d.within(d.limits.answers, func(one *place, r *http.Request) { compress(http.HandlerFunc(d.servePage))(one, r) }, d.serveBusy)
	data := func(h http.HandlerFunc) http.Handler { return d.reading(d.bound(d.limits.answers, compress(h))) }
	export := func(kind, name string, format func(io.Writer) decisionWriter) http.Handler {
		return d.reading(d.bound(d.limits.exports, compress(d.serveExport(kind, name, format))))
	}
	return map[string]http.Handler{
		"GET /{$}":                 d.readingPage(page),
		"GET /assets":              d.bound(d.limits.small, compress(http.HandlerFunc(d.serveAsset))),
		"GET /api/openapi.json":    data(d.serveOpenAPI),
		"GET /api/overview":        data(d.serveOverview),
		"GET /api/function":        data(d.serveFunction),
		"GET /api/functions":       data(d.serveFunctions),
		"GET /api/decisions":       data(d.serveDecisions),
		"GET /api/decisions.csv":   export("text/csv; charset=utf-8", "decisions.csv", newDecisionCSV),
		"GET /api/predictions.csv": export("text/csv; charset=utf-8", "predictions.csv", newPredictionCSV),
		"GET /api/decisions.jsonl": export("application/jsonl", "decisions.jsonl", newJSONLines),
		"GET /api/savings":         data(d.serveSavings),
		"GET /api/quality":         data(d.serveQuality),
		"GET /api/alerts":          data(d.serveAlerts),
		"GET /api/modes":           data(d.serveModes),
		"GET /api/status":          data(d.serveStatus),

		// Events must not wait in the buffer of a compressor. Answers with secrets
		// are not compressed, since their length would then depend on the secret.
		"GET /api/events":     d.reading(d.bound(d.limits.streams, http.HandlerFunc(d.serveEvents))),
		"GET /api/session":    d.bound(d.limits.small, http.HandlerFunc(d.serveSession)),
		"POST /api/session":   d.change(d.signIn),
		"DELETE /api/session": d.change(d.signOut),
		"POST /api/pause":     d.change(d.pause),
		"POST /api/mode":      d.change(d.setMode),
	}
}

// compressor returns a middleware that compresses answers with gzip for clients
// that accept it.
func compressor() func(http.Handler) http.HandlerFunc {
	// The fastest level: JSON repeats its field names, and even that level
	// compresses them well.
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(0), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false))
	if err != nil {
		panic(err) // the options are constants
	}
	return compress
}

// newMux returns the router. It answers 404 to an unknown path and 405 to a
// known path with another method.
func (d *Dashboard) newMux() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, handler := range d.handlers() {
		mux.Handle(pattern, handler)
	}
	return mux
}

// ServeHTTP serves the pages at / and the API below /api.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The headers come before any handler, so that no answer can lack them.
	h := w.Header()
	h.Set("Content-Security-Policy", d.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(stall)) // of a refusal; an answer has its own
	if r.ContentLength != 0 {
		// Also of a body that nothing reads: the server would wait for it.
		_ = control.SetReadDeadline(time.Now().Add(strangerBody))
	}
	// A shallow copy: the request of the caller keeps its URL.
	routed := *r
	routed.URL = &url.URL{Path: pathOf(r.URL), RawQuery: r.URL.RawQuery}
	d.routes.ServeHTTP(w, &routed)
}

// pathOf returns the path that a URL means. The gateway strips its own prefix,
// so that the function does not know whether the browser's address ends with a
// slash. Relative links with a path would depend on that. The links on the pages
// therefore have only a query, and ?api=functions means /api/functions.
func pathOf(u *url.URL) string {
	// The router would redirect from a path that is not clean, to an address
	// without the gateway's prefix.
	clean := path.Clean("/" + u.Path)
	if clean != "/" {
		return clean
	}
	query := u.Query()
	switch {
	case query.Has("api"):
		return path.Clean("/api/" + query.Get("api"))
	case query.Has("asset"):
		return "/assets"
	}
	return "/"
}

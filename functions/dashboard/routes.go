package dashboard

import (
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/url"
	"path"

	"github.com/klauspost/compress/gzhttp"
)

// handlers returns what is served, by method and path.
func (d *Dashboard) handlers() map[string]http.Handler {
	compress := compressor()
	return map[string]http.Handler{
		"GET /{$}":                 compress(http.HandlerFunc(d.servePage)),
		"GET /assets":              compress(http.HandlerFunc(d.serveAsset)),
		"GET /api/openapi.json":    compress(http.HandlerFunc(d.serveOpenAPI)),
		"GET /api/overview":        compress(http.HandlerFunc(d.serveOverview)),
		"GET /api/function":        compress(http.HandlerFunc(d.serveFunction)),
		"GET /api/functions":       compress(http.HandlerFunc(d.serveFunctions)),
		"GET /api/decisions":       compress(http.HandlerFunc(d.serveDecisions)),
		"GET /api/decisions.csv":   compress(d.limitExports(d.serveExport("text/csv; charset=utf-8", "decisions.csv", newDecisionCSV))),
		"GET /api/predictions.csv": compress(d.limitExports(d.serveExport("text/csv; charset=utf-8", "predictions.csv", newPredictionCSV))),
		"GET /api/decisions.jsonl": compress(d.limitExports(d.serveExport("application/jsonl", "decisions.jsonl", newJSONLines))),
		"GET /api/savings":         compress(http.HandlerFunc(d.serveSavings)),
		"GET /api/quality":         compress(http.HandlerFunc(d.serveQuality)),
		"GET /api/alerts":          compress(http.HandlerFunc(d.serveAlerts)),
		"GET /api/modes":           compress(http.HandlerFunc(d.serveModes)),
		"GET /api/status":          compress(http.HandlerFunc(d.serveStatus)),

		// Events must not wait in the buffer of a compressor. Answers with secrets
		// are not compressed, since their length would then depend on the secret.
		"GET /api/events":     http.HandlerFunc(d.serveEvents),
		"GET /api/session":    http.HandlerFunc(d.serveSession),
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

// answer writes a value as JSON.
func answer(w http.ResponseWriter, value any) {
	// Encoded as a whole before the first byte is written; an error can still change
	// the status.
	body, err := json.Marshal(value)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "the answer could not be encoded")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// refuse writes an error as JSON: {"error": text}.
func refuse(w http.ResponseWriter, status int, text string) {
	body, _ := json.Marshal(map[string]string{"error": text})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

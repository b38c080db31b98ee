package serve

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	handler "github.com/openfaas/templates-sdk/go-http"
)

// PathHeader is the header that carries the path of a request to a FunctionHandler, whose
// Request has no field for it. The value of a client is overwritten.
const PathHeader = "X-Path"

// adapter serves a FunctionHandler over HTTP.
type adapter struct {
	function handler.FunctionHandler
	entrance *entrance
	log      *slog.Logger
}

// ServeHTTP implements http.Handler. Errors of the function are logged and not shown:
// anyone may call a function.
func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, leave, admitted := a.entrance.receive(w, r)
	if !admitted {
		return
	}
	defer leave()
	res, err := a.handle(r, body)
	if err != nil {
		a.log.Error("function failed", "method", r.Method, "path", r.URL.Path, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	for key, values := range res.Header {
		w.Header()[http.CanonicalHeaderKey(key)] = values
	}
	if res.StatusCode != 0 {
		w.WriteHeader(res.StatusCode)
	}
	if _, err := w.Write(res.Body); err != nil {
		a.log.Debug("answer not delivered", "path", r.URL.Path, "error", err)
	}
}

// handle calls the function. A panic becomes an error with its stack, and so does a
// status code for which net/http would panic.
func (a *adapter) handle(r *http.Request, body []byte) (res handler.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	req := handler.Request{
		Body: body, Header: r.Header, QueryString: r.URL.RawQuery, Method: r.Method, Host: r.Host,
	}
	req.Header.Set(PathHeader, r.URL.Path)
	req.WithContext(r.Context())
	res, err = a.function.Handle(req)
	if err == nil && res.StatusCode != 0 && (res.StatusCode < 100 || res.StatusCode > 999) {
		err = fmt.Errorf("status code must be between 100 and 999, was: %d", res.StatusCode)
	}
	return res, err
}

// logPanics logs a panic of a streaming handler and closes the connection. It sends no
// error page: part of the answer may have been sent, and the page would pass for its end.
func logPanics(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v != http.ErrAbortHandler {
				log.Error("function failed", "method", r.Method, "path", r.URL.Path,
					"error", fmt.Sprintf("panic: %v\n%s", v, debug.Stack()))
			}
			panic(http.ErrAbortHandler)
		}()
		next.ServeHTTP(w, r)
	})
}

//go:build unix

package gateway

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/openfaas/faas-provider/httputil"
	"github.com/openfaas/faas-provider/types"
)

// result records the answer of a function for the callback.
type result struct {
	header http.Header
	status int
	body   []byte
}

// Header implements http.ResponseWriter.
func (r *result) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *result) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter. Bytes beyond 16 MiB are dropped.
// The bound protects the memory of the gateway. The length is reported in full, so that
// the proxy does not take the cut for a broken connection.
func (r *result) Write(p []byte) (int, error) {
	const maxResult = 16 << 20
	r.body = append(r.body, p[:min(len(p), maxResult-len(r.body))]...)
	return len(p), nil
}

// Flush implements http.Flusher.
// The proxy flushes streams; a callback gets its body as a whole.
func (r *result) Flush() {}

var _ http.Flusher = (*result)(nil)

// refuse records the error of a call that could not be made.
func (r *result) refuse(status int, text string) { httputil.Errorf(r, status, "%s", text) }

// callbackTimeout bounds one request to a callback URL.
const callbackTimeout = 30 * time.Second

// report posts the result to the callback URL, with three attempts.
func (q *queue) report(queued *types.QueueRequest, answer *result, took time.Duration) {
	if queued.CallbackURL == nil {
		return
	}
	var err error
	for attempt := range 3 {
		// Pauses of 0, 200 and 400 ms.
		time.Sleep(time.Duration(attempt) * 200 * time.Millisecond)
		if err = q.post(queued, answer, took); err == nil {
			return
		}
	}
	q.gateway.log.Warn("callback failed", "function", queued.Function, "url", queued.CallbackURL.Redacted(), "error", err)
}

// post sends the result to the callback URL with the headers of OpenFaaS.
func (q *queue) post(queued *types.QueueRequest, answer *result, took time.Duration) error {
	req, err := http.NewRequest(http.MethodPost, queued.CallbackURL.String(), bytes.NewReader(answer.body))
	if err != nil {
		return err
	}
	if contentType := answer.header.Get("Content-Type"); contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set(headerCallID, queued.Header.Get(headerCallID))
	req.Header.Set(headerStart, queued.Header.Get(headerStart))
	req.Header.Set(headerDuration, seconds(took))
	req.Header.Set("X-Function-Name", queued.Function)
	req.Header.Set("X-Function-Status", strconv.Itoa(answer.status))
	res, err := q.callback.Do(req)
	if err != nil {
		return err
	}
	// The connection can be used again only if the answer was read.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	_ = res.Body.Close()
	// A 4xx counts as delivered: the receiver has refused the result, and would again.
	if res.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("callback answered %s", res.Status)
	}
	return nil
}

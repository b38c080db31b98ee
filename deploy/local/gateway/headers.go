//go:build unix

package gateway

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Headers of a call. OpenFaaS does not have the two of cold starts.
const (
	headerCallID        = "X-Call-Id"
	headerStart         = "X-Start-Time"
	headerDuration      = "X-Duration-Seconds"
	headerColdStart     = "X-Cold-Start"
	headerColdStartWait = "X-Cold-Start-Wait-Seconds"
)

// forward sets the headers that tell a function whom it answers, of which ReverseProxy has
// removed those of the client. As in OpenFaaS they are set only if the client, such as an
// ingress, has not set them, and nothing is appended: X-Forwarded-Host is the host of the
// call, X-Forwarded-For the client's address with its port. X-Forwarded-Proto is passed on.
//
// Source: buildUpstreamRequest in gateway/handlers/forwarding_proxy.go of openfaas/faas, and
// buildProxyRequest in package proxy of github.com/openfaas/faas-provider.
func forward(out http.Header, in *http.Request) {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, set := in.Header[name]; set {
			out[name] = values
		}
	}
	for name, value := range map[string]string{"X-Forwarded-For": in.RemoteAddr, "X-Forwarded-Host": in.Host} {
		if out.Get(name) == "" && value != "" {
			out.Set(name, value)
		}
	}
}

// answered completes the headers of a function's answer. One without a content type gets that
// of the request, else text/plain.
//
// Source: getContentType in package proxy of github.com/openfaas/faas-provider.
func (c *call) answered(res *http.Response) error {
	if res.Header.Get("Content-Type") == "" {
		res.Header.Set("Content-Type", cmp.Or(c.contentType, "text/plain"))
	}
	c.mark(res.Header)
	return nil
}

// mark sets the headers of a call on its answer.
func (c *call) mark(h http.Header) {
	h.Set(headerCallID, c.id)
	h.Set(headerStart, strconv.FormatInt(c.arrived.UnixNano(), 10))
	h.Set(headerDuration, seconds(c.gateway.now().Sub(c.arrived)))
	h.Set(headerColdStart, strconv.FormatBool(c.cold))
	h.Set(headerColdStartWait, seconds(c.coldWait))
}

// seconds formats a duration for a header, with microseconds.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }

// newCallID returns a random UUID, version 4 of RFC 9562.
func newCallID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

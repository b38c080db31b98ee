package collector

import (
	"net/http"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/serve"
)

// Handle runs a tick on POST and shows the status on GET. It ignores the body: a
// tick has no input but the clock. A tick does not end with its caller, because
// anyone may post one, and cron may have been answered that it is in progress.
func (c *Collector) Handle(req handler.Request) (handler.Response, error) {
	switch req.Method {
	case http.MethodPost:
		c.passOn()
		o := c.Tick(c.life)
		return reply(o.code, o)
	case http.MethodGet:
		return serve.JSON(c.shards.show(*c.status.Load()))
	}
	res, err := reply(http.StatusMethodNotAllowed, map[string]string{"error": "method must be POST or GET"})
	res.Header.Set("Allow", "GET, POST")
	return res, err
}

// Door implements the method that package serve looks for. All callers are strangers: cron
// cannot sign. A tick needs no body, and none is waited for.
func (c *Collector) Door() serve.Door {
	return serve.Door{StrangerBody: func(string) int64 { return 0 }}
}

// reply returns v as JSON with a status code.
func reply(code int, v any) (handler.Response, error) {
	res, err := serve.JSON(v)
	res.StatusCode = code
	return res, err
}

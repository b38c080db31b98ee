package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// query returns the body of the answer to an instant query at t (Unix ms). It is a POST,
// since the query may be longer than a URL.
//
// The store learns how long the client waits, and a second more so that the client's own
// deadline comes first: VictoriaMetrics goes on with a query whose client has left
// (https://github.com/VictoriaMetrics/VictoriaMetrics/issues/6015).
func (c *Client) query(ctx context.Context, query string, t int64) (io.ReadCloser, error) {
	form := url.Values{"query": {query}, "time": {fmt.Sprintf("%d.%03d", t/1000, t%1000)}}
	if deadline, ok := ctx.Deadline(); ok {
		form.Set("timeout", fmt.Sprintf("%ds", max(0, time.Until(deadline))/time.Second+2))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL+"/api/v1/query", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, c.cfg.Headers)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.authorize(req)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		return nil, refusal(res)
	}
	return res.Body, nil
}

// maxRefusal bounds what is read of an answer that refuses a query. It may repeat the query.
const maxRefusal = 1 << 20

// refusal returns the error of an answer that is not a success.
func refusal(res *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	if err != nil {
		return err
	}
	return readRefusal(res.StatusCode, res.Status, body)
}

// readRefusal returns the error with the text of the store, or with the whole body if a
// proxy wrote it.
func readRefusal(code int, status string, body []byte) error {
	v := verdict{Error: string(body)}
	if err := json.Unmarshal(body, &v); err != nil {
		v = verdict{Error: string(body)}
	}
	return refused(code, status, v.ErrorType, v.Error)
}

// authorize adds the credentials to a request.
func (c *Client) authorize(req *http.Request) {
	switch {
	case c.cfg.Token != "":
		req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	case c.cfg.User != "":
		req.SetBasicAuth(c.cfg.User, c.cfg.Password)
	}
}

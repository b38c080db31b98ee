package prometheus

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// query returns the body of the answer to an instant query at t (Unix ms). It is a POST,
// since the query may be longer than a URL.
func (c *Client) query(ctx context.Context, query string, t int64) (io.ReadCloser, error) {
	form := url.Values{"query": {query}, "time": {fmt.Sprintf("%d.%03d", t/1000, t%1000)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL+"/api/v1/query", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.authorize(req)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		text, err := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
		return nil, cmp.Or(err, fmt.Errorf("%w: %s: %.200q", ErrStatus, res.Status, refusal(text)))
	}
	return res.Body, nil
}

// maxRefusal bounds what is read of an answer that refuses a query.
const maxRefusal = 64 << 10

// refusal returns the error text of an answer, or the whole answer if it has none.
func refusal(body []byte) string {
	var v verdict
	if err := json.Unmarshal(body, &v); err == nil && v.Error != "" {
		return v.Error
	}
	return string(body)
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

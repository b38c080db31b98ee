package dashboard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// webhook posts changes of alerts to an address. The address may hold a token and
// must not reach a log.
type webhook struct {
	url    string // empty: nothing is posted
	client *http.Client
}

// webhookTimeout bounds one post. The alerts are not updated meanwhile.
const webhookTimeout = 10 * time.Second

// newWebhook returns a webhook for an address, empty for none.
func newWebhook(url string) webhook {
	return webhook{url: url, client: &http.Client{Timeout: webhookTimeout}}
}

// webhookBody is what is posted. A change may be posted twice, if the answer to
// the first post was lost.
type webhookBody struct {
	Version int      `json:"version"` // 1
	Source  string   `json:"source"`  // prewarm
	Alerts  []change `json:"alerts"`
}

// post sends changes. It fails unless the answer has a status of 200 to 299.
func (h webhook) post(ctx context.Context, changes []change) error {
	// Success, so that changes do not pile up as pending when nobody wants them.
	if h.url == "" {
		return nil
	}
	body, err := json.Marshal(webhookBody{Version: 1, Source: "prewarm", Alerts: changes})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address of the webhook is not valid") // err quotes it
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer res.Body.Close()
	// The body of the answer is not read: it may quote the address.
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answered %d", res.StatusCode)
	}
	return nil
}

// withoutURL removes the address from an error of http.Client.
func withoutURL(err error) error {
	// url.Error quotes the address in its text; the error within it does not.
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

package alertmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// HTTPWebhook is the Webhook of an OpenFaaS gateway.
type HTTPWebhook struct {
	URL            func() string // of the gateway, which a restart may change
	User, Password string
	Client         *http.Client
}

// Alert implements Webhook.
func (h HTTPWebhook) Alert(ctx context.Context, message Message) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL()+"/system/alert", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(h.User, h.Password)
	res, err := h.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 200))
		return fmt.Errorf("the gateway answered %s to an alert: %q", res.Status, text)
	}
	return nil
}

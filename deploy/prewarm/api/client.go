// Package api is the client of the dashboard's API (functions/dashboard/README.md, API). It
// bounds and checks every answer.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"prewarm/deploy/prewarm/access"
	"prewarm/shared/config"
)

var (
	// ErrSignIn means that the dashboard wants a token, or a user and password.
	ErrSignIn = errors.New("dashboard: sign in")
	// ErrNotFound means that the dashboard does not know the function.
	ErrNotFound = errors.New("dashboard: not known")
	// ErrAnswer means that an answer is not one of the dashboard, or is not valid.
	ErrAnswer = errors.New("dashboard: no usable answer")
)

// Client calls one dashboard. It signs in when an answer demands it, once. It is for use by one
// goroutine at a time.
type Client struct {
	cfg     access.Config
	http    *http.Client
	session *session // nil until the client has signed in
}

// session is an open session of the dashboard.
type session struct{ cookie, csrf string }

// New returns a client. It sends nothing yet. Redirections are refused; the error names the
// address to set.
func New(cfg access.Config) *Client {
	return &Client{cfg: cfg, http: config.HTTPClient("gateway", cfg.Gateway, cfg.TLS)}
}

// get reads an answer, and signs in if reading is closed to strangers.
func (c *Client) get(ctx context.Context, name string, query url.Values, into any) error {
	err := c.send(ctx, http.MethodGet, name, query, nil, into)
	if errors.Is(err, ErrSignIn) && c.session == nil && c.cfg.Token == "" && c.cfg.Password != "" {
		if err = c.signIn(ctx); err == nil {
			err = c.send(ctx, http.MethodGet, name, query, nil, into)
		}
	}
	return err
}

// change sends a change. Without a token it signs in first, with the user and password of the
// gateway.
func (c *Client) change(ctx context.Context, name string, body, into any) error {
	if c.cfg.Token == "" && c.session == nil {
		if err := c.signIn(ctx); err != nil {
			return err
		}
	}
	return c.send(ctx, http.MethodPost, name, nil, body, into)
}

// signIn opens a session with the user and password of the gateway.
func (c *Client) signIn(ctx context.Context) error {
	if c.cfg.Password == "" {
		return fmt.Errorf("%w: changes need the secret prewarm-dashboard-token, or the password of the gateway: faas-cli login, or PREWARM_GATEWAY_PASSWORD", ErrSignIn)
	}
	var opened struct {
		CSRF string `json:"csrf"`
	}
	c.session = &session{}
	err := c.send(ctx, http.MethodPost, "session", nil, map[string]string{"user": c.cfg.User, "password": c.cfg.Password}, &opened)
	if err != nil || c.session.cookie == "" {
		c.session = nil
		if err == nil {
			err = fmt.Errorf("%w: the sign-in has no session", ErrAnswer)
		}
		return err
	}
	c.session.csrf = opened.CSRF
	return nil
}

// send sends one request and decodes its answer.
func (c *Client) send(ctx context.Context, method, name string, query url.Values, body, into any) error {
	req, err := c.request(ctx, method, name, query, body)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return refusal(c.cfg.Dashboard, res)
	}
	if err := decode(res, into); err != nil {
		return fmt.Errorf("%w: %s of %s: %w", ErrAnswer, name, c.cfg.Dashboard, err)
	}
	if c.session != nil && c.session.cookie == "" {
		c.keepCookie(res)
	}
	return nil
}

// request makes a request with the credentials.
func (c *Client) request(ctx context.Context, method, name string, query url.Values, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.cfg.Dashboard+"/api/"+name+"?"+query.Encode(), content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case c.session != nil && c.session.cookie != "":
		req.AddCookie(&http.Cookie{Name: sessionCookie, Value: c.session.cookie})
		req.Header.Set("X-CSRF-Token", c.session.csrf)
	case c.cfg.Token != "":
		req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	return req, nil
}

// sessionCookie is the cookie of a session (functions/dashboard/README.md, Permissions).
const sessionCookie = "prewarm_session"

// keepCookie keeps the session that an answer has opened. The client has no jar: the cookie is
// for the path of the dashboard, which a port-forward lacks.
func (c *Client) keepCookie(res *http.Response) {
	for _, cookie := range res.Cookies() {
		if cookie.Name == sessionCookie {
			c.session.cookie = cookie.Value
		}
	}
}

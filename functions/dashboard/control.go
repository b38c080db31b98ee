package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"prewarm/shared/event"
)

var (
	// errSignIn means that nobody is signed in, or with the wrong credentials.
	errSignIn = errors.New("sign in first")
	// errForbidden means a request that another site may have made, or that the
	// session does not allow.
	errForbidden = errors.New("not allowed")
	// errTooMany means too many tries to sign in with a password.
	errTooMany = errors.New("too many tries to sign in with a password; wait a minute")
	// errRequest means a body that says nothing that is known.
	errRequest = errors.New("request is not valid")
	// errGateway means that the gateway gave no usable answer.
	errGateway = errors.New("the gateway gave no usable answer")
	// errUnknown means a function that the gateway does not know.
	errUnknown = errors.New("function is not deployed")
)

// pause freezes or releases all scaling.
func (d *Dashboard) pause(w http.ResponseWriter, r *http.Request) error {
	who, err := d.authorise(r)
	if err != nil {
		return err
	}
	var want struct{ Paused *bool }
	if err := readJSON(w, r, &want); err != nil {
		return err
	}
	if want.Paused == nil {
		return fmt.Errorf("%w: paused must be true or false", errRequest)
	}
	ctx, cancel := context.WithTimeout(r.Context(), controlTimeout)
	defer cancel()
	if err := d.source.SetPaused(ctx, *want.Paused); err != nil {
		return err
	}
	d.log.Info("pause switch set", "paused", *want.Paused, "by", who.who())
	d.view.poke()
	answer(w, map[string]bool{"paused": *want.Paused})
	return nil
}

// poke wakes those who wait for a change, without one in the functions.
func (v *view) poke() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.touch()
}

const controlTimeout = 10 * time.Second

// setMode writes the annotation of a function through the gateway, with the
// credentials of the one who asks.
func (d *Dashboard) setMode(w http.ResponseWriter, r *http.Request) error {
	who, err := d.authorise(r)
	if err != nil {
		return err
	}
	if who.user == "" || d.gateway == nil {
		return fmt.Errorf("%w: the mode of a function takes the gateway's credentials, which a token is not", errForbidden)
	}
	var want struct{ Function, Mode string }
	if err := readJSON(w, r, &want); err != nil {
		return err
	}
	if err := event.CheckFunction(want.Function); err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	if want.Mode != "off" && want.Mode != "observe" && want.Mode != "active" {
		return fmt.Errorf("%w: mode must be one of off, observe, active, was: %.20q", errRequest, want.Mode)
	}
	err = d.gateway.setMode(r.Context(), who.user, who.password, want.Function, want.Mode)
	if errors.Is(err, errSignIn) {
		d.endSession(r) // its password is no longer the gateway's
	}
	if err != nil {
		return err
	}
	d.log.Info("mode set", "function", want.Function, "mode", want.Mode, "by", who.who())
	answer(w, map[string]string{"function": want.Function, "mode": want.Mode})
	return nil
}

// controller is the gateway with the credentials of whoever asks.
type controller interface {
	// check fails with errSignIn where the gateway does not take the
	// credentials, or takes any.
	check(ctx context.Context, user, password string) error
	// setMode fails with errSignIn where the gateway does not take the
	// credentials any more, errUnknown where it does not know the function, and
	// errGateway where it gives no usable answer.
	setMode(ctx context.Context, user, password, function, mode string) error
}

// changing serves what changes something; it is the one place that maps errors
// to status codes.
func (d *Dashboard) changing(do func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		err := do(w, r)
		if err == nil {
			return
		}
		d.log.Warn("change refused", "path", r.URL.Path, "error", err)
		for _, c := range []struct {
			err    error
			status int
		}{
			{errSignIn, http.StatusUnauthorized}, {errForbidden, http.StatusForbidden}, {errTooMany, http.StatusTooManyRequests},
			{errRequest, http.StatusBadRequest}, {errUnknown, http.StatusNotFound}, {errGateway, http.StatusBadGateway},
		} {
			if errors.Is(err, c.err) {
				refuse(w, c.status, err.Error())
				return
			}
		}
		refuse(w, http.StatusServiceUnavailable, "NATS does not answer; nothing was changed")
	}
}

// maxRequest bounds the body of a request that changes something.
const maxRequest = 4 << 10

// readJSON reads a small body. Its type must be JSON, which no form of another
// site can send.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fmt.Errorf("%w: Content-Type must be application/json", errRequest)
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: the body must be a small JSON object with known fields", errRequest)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: the body must be one JSON object", errRequest)
	}
	return nil
}

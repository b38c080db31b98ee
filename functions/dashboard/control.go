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
	// errSignIn means that the request has no session, or wrong credentials.
	errSignIn = errors.New("sign in first")
	// errForbidden means that another site may have made the request, or that the
	// session does not allow it.
	errForbidden = errors.New("not allowed")
	// errTooMany means too many attempts to sign in with a password.
	errTooMany = errors.New("too many attempts to sign in with a password; wait a minute")
	// errRequest means that the body of a request is not valid.
	errRequest = errors.New("request is not valid")
	// errSlow means that the body of a request has not arrived in time.
	errSlow = errors.New("the body of the request must arrive faster")
	// errGateway means that the gateway gave no usable answer.
	errGateway = errors.New("the gateway gave no usable answer")
)

// statusOf maps the errors of changes to status codes. Any other error is one of
// NATS, and transient: 503.
func statusOf(err error) int {
	for _, c := range []struct {
		err    error
		status int
	}{
		// The first match counts: errors of the gateway may wrap several.
		{errSignIn, http.StatusUnauthorized}, {errForbidden, http.StatusForbidden}, {errTooMany, http.StatusTooManyRequests},
		{errSlow, http.StatusRequestTimeout}, {errRequest, http.StatusBadRequest}, {errGateway, http.StatusBadGateway},
	} {
		if errors.Is(err, c.err) {
			return c.status
		}
	}
	return http.StatusServiceUnavailable
}

// change returns the handler of a request that changes something. It refuses
// requests of other origins, and answers the error of do.
func (d *Dashboard) change(do func(http.ResponseWriter, *http.Request) error) http.Handler {
	return d.within(d.limits.changes, func(w *place, r *http.Request) {
		err := d.checkOrigin(r)
		if err == nil {
			err = w.readBody(r)
		}
		if err == nil {
			err = do(w, r)
		}
		if err == nil {
			return
		}
		d.log.Warn("change refused", "path", r.URL.Path, "error", err)
		// The text of an unknown error may name addresses of NATS, so callers get a
		// fixed one; the log has it all.
		text := err.Error()
		if statusOf(err) == http.StatusServiceUnavailable {
			text = "NATS does not answer; nothing was changed"
		}
		refuse(w, statusOf(err), text)
	}, d.limits.changes.refuse)
}

// controlTimeout bounds the calls of NATS or of the gateway in one change.
const controlTimeout = 10 * time.Second

// pause pauses or resumes all scaling.
func (d *Dashboard) pause(w http.ResponseWriter, r *http.Request) error {
	caller, err := d.authorise(r)
	if err != nil {
		return err
	}
	var want struct{ Paused *bool }
	if err := readJSON(r, &want); err != nil {
		return err
	}
	// A pointer distinguishes an absent field from false: a misspelt field must not resume scaling.
	if want.Paused == nil {
		return fmt.Errorf("%w: paused must be true or false", errRequest)
	}
	ctx, cancel := context.WithTimeout(r.Context(), controlTimeout)
	defer cancel()
	if err := d.source.SetPaused(ctx, event.Pause{Paused: *want.Paused, By: caller.name(), Time: d.now().UTC()}); err != nil {
		return err
	}
	d.log.Info("pause switch set", "paused", *want.Paused, "by", caller.name())
	d.view.Wake() // open pages show the switch at once
	answer(w, map[string]bool{"paused": *want.Paused})
	return nil
}

// controller is the gateway, which knows the password of its users.
type controller interface {
	// check returns errSignIn if the gateway refuses the credentials, errForbidden if it
	// asks for none, and errGateway if it gives no usable answer.
	check(ctx context.Context, user, password string) error
}

// maxBody bounds the body of a change, in bytes.
const maxBody = 4 << 10

// readJSON decodes the body of a change. Its type must be JSON: a browser sends
// that to another site only if the site allows it beforehand.
func readJSON(r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fmt.Errorf("%w: Content-Type must be application/json", errRequest)
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: the body must be a small JSON object with known fields", errRequest)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: the body must be one JSON object", errRequest)
	}
	return nil
}

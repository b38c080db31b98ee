package event

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Version is the version of the message format. A message of another one is refused.
const Version = 1

// MaxBody bounds an encoded message, in bytes. It is the default limit of NATS.
const MaxBody = 1 << 20

var (
	// ErrTooLarge means that the body is longer than MaxBody.
	ErrTooLarge = errors.New("event: body too large")
	// ErrMalformed means that the body is not an envelope of this version and type.
	ErrMalformed = errors.New("event: malformed message")
	// ErrSignature means that the envelope was not signed with one of the keys.
	ErrSignature = errors.New("event: signature does not match")
	// ErrAudience means that the envelope was signed with one of the keys, for another cluster.
	ErrAudience = errors.New("event: message of another cluster")
)

// Envelope carries one payload. Its ID has the form type/step/batch and names the
// content, so that NATS recognises and drops a message that is sent twice.
type Envelope struct {
	Version   int             `json:"version"`
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Step      int64           `json:"step"`               // Unix seconds: end of the windows, origin of the forecasts
	Audience  string          `json:"audience,omitempty"` // name of the cluster that the message is for
	Payload   json.RawMessage `json:"payload"`
	Signature string          `json:"signature"` // hex of Keys.Sign
	// Subject is where the message is published, "" for the type. It is no part of the message:
	// what a receiver may do with a message follows from its functions.
	Subject string `json:"-"`
	// Trace is the TraceHeader with which the message is published, "" for none. It is no part
	// of the message, and not signed.
	Trace string `json:"-"`
}

// Payload is the content of a message. Validate returns an error that wraps ErrPayload.
type Payload interface{ Validate() error }

// Seal validates, encodes and signs a payload. It returns the envelope and the encoded
// message. id names the batch within typ and step. Seal panics if there is no key.
func Seal(keys Keys, typ string, step int64, id string, payload Payload) (Envelope, []byte, error) {
	keys.check()
	if err := payload.Validate(); err != nil {
		return Envelope{}, nil, fmt.Errorf("seal %s: %w", typ, err)
	}
	raw, err := json.Marshal(sealedForm(payload))
	if err != nil {
		return Envelope{}, nil, fmt.Errorf("seal %s: %w", typ, err)
	}
	env := Envelope{Version: Version, Type: typ, ID: fmt.Sprintf("%s/%d/%s", typ, step, id), Step: step, Audience: keys.cluster, Payload: raw}
	env.Signature = hex.EncodeToString(keys.Sign(env.signed()...))
	body, err := json.Marshal(env)
	if err == nil && len(body) > MaxBody {
		err = fmt.Errorf("%w: at most %d bytes, was: %d", ErrTooLarge, MaxBody, len(body))
	}
	if err != nil {
		return Envelope{}, nil, fmt.Errorf("seal %s: %w", typ, err)
	}
	return env, body, nil
}

// Open checks size, form, version, type, signature and audience of body, decodes its
// content into payload and validates that. It decodes nothing before the signature is
// verified, so that an unauthenticated caller reaches as little code as possible. The error
// wraps ErrTooLarge, ErrMalformed, ErrSignature, ErrAudience or ErrPayload. Open panics if
// there is no key.
func Open(keys Keys, typ string, body []byte, payload Payload) (Envelope, error) {
	keys.check()
	var env Envelope
	if len(body) > MaxBody {
		return env, fmt.Errorf("%w: at most %d bytes, was: %d", ErrTooLarge, MaxBody, len(body))
	}
	if err := json.Unmarshal(body, &env); err != nil {
		return env, fmt.Errorf("%w: body is not an envelope: %w", ErrMalformed, err)
	}
	if err := env.check(typ); err != nil {
		return env, err
	}
	got, err := hex.DecodeString(env.Signature)
	if err != nil || !keys.Signed(got, env.signed()...) {
		return env, fmt.Errorf("%w: id %.200q", ErrSignature, env.ID)
	}
	if env.Audience != keys.cluster {
		return env, fmt.Errorf("%w: cluster must be %q, was: %.63q, id %.200q", ErrAudience, keys.cluster, env.Audience, env.ID)
	}
	if err := json.Unmarshal(env.Payload, payload); err != nil {
		return env, fmt.Errorf("%w: payload: %w", ErrPayload, err)
	}
	return env, payload.Validate()
}

// check checks the form of the envelope, before its signature.
func (e *Envelope) check(typ string) error {
	switch {
	case e.Version != Version:
		return fmt.Errorf("%w: version must be %d, was: %d", ErrMalformed, Version, e.Version)
	case e.Type != typ:
		return fmt.Errorf("%w: type must be %s, was: %.100q", ErrMalformed, typ, e.Type)
	case e.ID == "" || len(e.ID) > 200:
		return fmt.Errorf("%w: id must have 1 to 200 characters, had: %d", ErrMalformed, len(e.ID))
	case e.Step < 0:
		return fmt.Errorf("%w: step must not be negative, was: %d", ErrMalformed, e.Step)
	case len(e.Payload) == 0:
		return fmt.Errorf("%w: payload must be set", ErrMalformed)
	case e.Signature == "":
		return fmt.Errorf("%w: signature must be set", ErrSignature)
	}
	return nil
}

// signed returns the fields that the signature covers. An envelope without an audience has
// one field less.
func (e *Envelope) signed() [][]byte {
	fields := [][]byte{
		strconv.AppendInt(nil, int64(e.Version), 10), []byte(e.Type), []byte(e.ID),
		strconv.AppendInt(nil, e.Step, 10), bytes.TrimSpace(e.Payload),
	}
	if e.Audience != "" {
		fields = append(fields, []byte(e.Audience))
	}
	return fields
}

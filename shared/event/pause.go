package event

import (
	"fmt"
	"time"
)

// TypePause is the type of the envelope around a Pause, in the key-value bucket of package bus.
const TypePause = "prewarm.pause"

// PauseKey is the key of the one Pause in its bucket.
const PauseKey = "paused"

// Pause is the operator's switch that stops all scaling. The zero value is a switch that
// nobody has set: it is off.
type Pause struct {
	Paused bool      `json:"paused"`
	By     string    `json:"by"` // who set it, for logs and pages
	Time   time.Time `json:"time"`

	// Note says why the switch counts as paused although nobody has set it so, or why it is
	// not what the store has. It is empty otherwise, and not a part of the message.
	Note string `json:"-"`
}

// Key is the key of the value in its bucket.
func (p *Pause) Key() string { return PauseKey }

// Validate checks a switch from outside. The error wraps ErrPayload.
func (p *Pause) Validate() error {
	if err := checkSet(p.By, p.Time); err != nil {
		return fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return nil
}

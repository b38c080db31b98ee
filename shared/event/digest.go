package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// DigestLen is the length of Envelope.Digest.
const DigestLen = 16

// Digest names the content of a message: the first 16 hexadecimal digits of the SHA-256 of
// its payload. Two messages with the same ID have different digests if they were made from
// different data, such as those that a wrong clock has named after a step to come.
func (e *Envelope) Digest() string {
	sum := sha256.Sum256(bytes.TrimSpace(e.Payload))
	return hex.EncodeToString(sum[:DigestLen/2])
}

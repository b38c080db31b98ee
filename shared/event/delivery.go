package event

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// DeliveryHeader is the header in which the connector proves that it delivers a message.
const DeliveryHeader = "X-Prewarm-Delivery"

// ProofAge is how far the time of a proof may differ from the clock that checks it.
const ProofAge = 5 * time.Minute

// ErrProof means that a caller did not prove that it delivers a message of the chain.
var ErrProof = errors.New("event: not proven to be a delivery")

// deliveryPurpose derives the keys of proofs from those of envelopes.
const deliveryPurpose = "prewarm delivery v1"

// Proof is the content of DeliveryHeader: a time in Unix seconds, the SHA-256 of the body,
// and the HMAC-SHA256 of both, of the subject and of the cluster. A function checks it
// before it reads the body, so that callers without the key cannot take the place of the
// connector.
//
// A proof that somebody else has read is accepted until ProofAge is over, for the same body
// alone. Messages of the chain may arrive twice: a repetition changes nothing.
type Proof struct {
	time   int64
	digest [sha256.Size]byte
	mac    [sha256.Size]byte
}

// ProveDelivery returns the value of DeliveryHeader for a body that is sent now to a
// function of the same cluster that receives subject. It panics if there is no key.
func ProveDelivery(keys Keys, subject string, body []byte, now time.Time) string {
	p := Proof{time: now.Unix(), digest: sha256.Sum256(body)}
	p.mac = [sha256.Size]byte(keys.Derive(deliveryPurpose).Sign(p.fields(subject)...))
	return p.String()
}

// CheckDelivery reads the value of DeliveryHeader. It accepts a proof for subject that was
// signed with one of the keys of the cluster, not more than ProofAge before or after now. The
// error wraps ErrProof. The body, once read, must have the proven digest: see Fits. Without
// a key, no proof is accepted.
func CheckDelivery(keys Keys, subject, header string, now time.Time) (Proof, error) {
	p, err := parseProof(header)
	if err != nil {
		return Proof{}, err
	}
	// The signature comes first: the time of a stranger's proof says nothing.
	if keys.None() || !keys.Derive(deliveryPurpose).Signed(p.mac[:], p.fields(subject)...) {
		return Proof{}, fmt.Errorf("%w: its signature does not match: another key, cluster or subject", ErrProof)
	}
	if age := now.Sub(time.Unix(p.time, 0)); age.Abs() > ProofAge {
		return Proof{}, fmt.Errorf("%w: its time must be within %v of this clock, differed by: %v", ErrProof, ProofAge, age.Round(time.Second))
	}
	return p, nil
}

// Fits returns an error that wraps ErrProof if body is not the one that was proven.
func (p Proof) Fits(body []byte) error {
	if sum := sha256.Sum256(body); !hmac.Equal(sum[:], p.digest[:]) {
		return fmt.Errorf("%w: the body is not the one that was proven", ErrProof)
	}
	return nil
}

// String returns the proof in the form time:digest:mac, with digest and mac in lower-case
// hex.
func (p Proof) String() string {
	return fmt.Sprintf("%d:%x:%x", p.time, p.digest, p.mac)
}

// parseProof reads what String writes, and nothing else.
func parseProof(header string) (Proof, error) {
	var p Proof
	fields := strings.Split(header, ":")
	if len(header) > 200 || len(fields) != 3 {
		return p, fmt.Errorf("%w: %s must have the form time:digest:mac, had %d characters", ErrProof, DeliveryHeader, len(header))
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	digest, errDigest := hex.DecodeString(fields[1])
	mac, errMAC := hex.DecodeString(fields[2])
	if err := errors.Join(err, errDigest, errMAC); err != nil || len(digest) != sha256.Size || len(mac) != sha256.Size {
		return p, fmt.Errorf("%w: %s must have Unix seconds and two times %d hex digits", ErrProof, DeliveryHeader, 2*sha256.Size)
	}
	p = Proof{seconds, [sha256.Size]byte(digest), [sha256.Size]byte(mac)}
	if p.String() != header {
		return Proof{}, fmt.Errorf("%w: %s must be in lower case, without signs and leading zeros", ErrProof, DeliveryHeader)
	}
	return p, nil
}

// fields returns what is signed. The derived keys name the cluster.
func (p Proof) fields(subject string) [][]byte {
	return [][]byte{strconv.AppendInt(nil, p.time, 10), []byte(subject), p.digest[:]}
}

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

// deliveryLabel derives the keys of proofs from those of envelopes. The signed bytes of an
// envelope begin with a digit, so that no envelope has a derived key as its signature.
const deliveryLabel = "prewarm delivery v1"

// Proof is the content of DeliveryHeader: a time in Unix seconds, the SHA-256 of the body,
// and the HMAC-SHA256 of both, of the subject and of the cluster. A function checks it
// before it reads the body, so that callers without the key cannot take the place of the
// connector.
//
// A proof that was overheard is accepted until ProofAge is over, for its body alone. The
// messages of the chain may arrive twice, so that a repetition changes nothing.
type Proof struct {
	time   int64
	digest [sha256.Size]byte
	mac    [sha256.Size]byte
}

// ProveDelivery returns the value of DeliveryHeader for a body that is sent now to a
// function of cluster that receives subject. It panics if the key is shorter than MinKey.
func ProveDelivery(key []byte, cluster, subject string, body []byte, now time.Time) string {
	checkKey(key)
	p := Proof{time: now.Unix(), digest: sha256.Sum256(body)}
	p.mac = p.sign(key, cluster, subject)
	return p.String()
}

// CheckDelivery reads the value of DeliveryHeader. It accepts a proof for subject and cluster
// that was signed with one of the keys, not more than ProofAge before or after now. The
// error wraps ErrProof. The body, once read, must have the proven digest: see Fits.
// CheckDelivery panics if a key is shorter than MinKey.
func CheckDelivery(keys [][]byte, cluster, subject, header string, now time.Time) (Proof, error) {
	p, err := parseProof(header)
	if err != nil {
		return Proof{}, err
	}
	// The signature comes first: the time of a stranger's proof says nothing.
	if !p.signed(keys, cluster, subject) {
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

// signed reports whether one of the keys has signed the proof.
func (p Proof) signed(keys [][]byte, cluster, subject string) bool {
	for _, key := range keys {
		checkKey(key)
		want := p.sign(key, cluster, subject)
		if hmac.Equal(p.mac[:], want[:]) {
			return true
		}
	}
	return false
}

// sign returns the HMAC-SHA256 of the proof under a key that is derived from key. Each field
// is preceded by its length, as in an envelope.
func (p Proof) sign(key []byte, cluster, subject string) (sum [sha256.Size]byte) {
	derived := hmac.New(sha256.New, key)
	derived.Write([]byte(deliveryLabel))
	mac := hmac.New(sha256.New, derived.Sum(nil))
	for _, field := range []string{strconv.FormatInt(p.time, 10), cluster, subject, string(p.digest[:])} {
		fmt.Fprintf(mac, "%d:%s", len(field), field)
	}
	mac.Sum(sum[:0])
	return sum
}

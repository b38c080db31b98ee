package event

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"prewarm/shared/config"
)

// KeySecret is the OpenFaaS secret with the keys, one per line.
const KeySecret = "prewarm-hmac-key"

// Bounds of the keys.
const (
	MinKey     = 16 // bytes of a key, at least
	MaxKeys    = 3  // keys at a time
	maxCluster = 63 // characters of the name of a cluster
)

// Keys signs and checks what the chain sends. The first key signs, all of them are accepted,
// so that a key can be replaced while the chain runs: see "Rotating the key" in
// functions/CONFIGURATION.md.
//
// The name of the cluster is the audience of all that is signed: a message of another
// cluster is refused, even if both have the same key.
//
// The zero value has no key: Seal and Open panic with it.
type Keys struct {
	cluster string
	keys    [][]byte
}

// NewKeys returns the keys of a cluster, which may have no name. It panics if there is no
// key, or one that is shorter than MinKey: the configuration refuses those.
func NewKeys(cluster string, keys ...[]byte) Keys {
	k := Keys{cluster, keys}
	k.check()
	for _, key := range keys {
		if len(key) < MinKey {
			panic("event: a signing key is shorter than MinKey")
		}
	}
	return k
}

// ReadKeys reads the secret prewarm-hmac-key, with up to MaxKeys keys of at least MinKey
// bytes, one per line, and the key cluster. No error shows a key.
func ReadKeys(r *config.Reader) Keys {
	return Keys{
		cluster: config.Parse(r, "cluster", "", parseCluster),
		keys:    r.Keys(KeySecret, MinKey, MaxKeys),
	}
}

// parseCluster checks the name of a cluster, which may be empty.
func parseCluster(name string) (string, error) {
	if len(name) > maxCluster {
		return "", fmt.Errorf("must have at most %d characters, had: %d", maxCluster, len(name))
	}
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_') {
			return "", errors.New("must have letters, digits, dots, dashes and underscores only, was: " + strconv.Quote(name))
		}
	}
	return name, nil
}

// None reports whether there is no key.
func (k Keys) None() bool { return len(k.keys) == 0 }

// check panics if there is no key: an empty one would accept signatures that anyone can
// compute.
func (k Keys) check() {
	if k.None() {
		panic("event: there is no signing key")
	}
}

// Derive returns keys for another purpose, so that a signature of one has no meaning for
// the other. They differ between clusters.
//
// Source: Krawczyk, Eronen, "HMAC-based Extract-and-Expand Key Derivation Function (HKDF)",
// RFC 5869, 2010.
func (k Keys) Derive(purpose string) Keys {
	if k.cluster != "" {
		purpose += "\n" + k.cluster
	}
	own := Keys{cluster: k.cluster}
	for _, key := range k.keys {
		derived, err := hkdf.Key(sha256.New, key, nil, purpose, sha256.Size)
		if err != nil {
			panic(err) // only if the length is too large
		}
		own.keys = append(own.keys, derived)
	}
	return own
}

// Sign returns the HMAC-SHA256 of the fields with the first key. It panics if there is none.
func (k Keys) Sign(fields ...[]byte) []byte {
	k.check()
	return sign(k.keys[0], fields)
}

// Signed reports whether the signature of the fields was made with one of the keys. It
// panics if there is none.
func (k Keys) Signed(signature []byte, fields ...[]byte) bool {
	k.check()
	for _, key := range k.keys {
		if hmac.Equal(signature, sign(key, fields)) {
			return true
		}
	}
	return false
}

// sign returns the HMAC-SHA256 of the fields. Each is preceded by its length, so that
// different fields never have the same signed bytes.
//
// Source: Krawczyk, Bellare, Canetti, "HMAC: Keyed-Hashing for Message Authentication",
// RFC 2104, 1997.
func sign(key []byte, fields [][]byte) []byte {
	mac := hmac.New(sha256.New, key)
	for _, field := range fields {
		mac.Write(strconv.AppendInt(nil, int64(len(field)), 10))
		mac.Write([]byte{':'})
		mac.Write(field)
	}
	return mac.Sum(nil)
}

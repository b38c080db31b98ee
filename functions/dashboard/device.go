package dashboard

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// deviceAge is how long a browser is known after somebody signed in there.
const deviceAge = 30 * 24 * time.Hour

// devices knows the browsers in which somebody has signed in by a cookie that
// they keep, so that strangers who guess passwords do not keep their owners
// out. An address would not tell the two apart: the gateway passes on whatever
// X-Forwarded-For it is sent. Such a cookie signs nobody in.
//
// Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
type devices struct{ key []byte }

// newDevices takes a key of which its own is derived: what is signed with one
// says nothing to the other.
func newDevices(key []byte) devices {
	own, err := hkdf.Key(sha256.New, key, nil, "prewarm dashboard device", sha256.Size)
	if err != nil {
		panic(err) // only for an absurd length
	}
	return devices{own}
}

// issue returns the value of a cookie: until when it is good, in Unix seconds,
// a point, and the proof.
func (d devices) issue(now time.Time) string {
	until := strconv.FormatInt(now.Add(deviceAge).Unix(), 10)
	return until + "." + d.proof(until)
}

// known reports whether the value was issued and is still good.
func (d devices) known(value string, now time.Time) bool {
	until, proof, _ := strings.Cut(value, ".")
	if !hmac.Equal([]byte(proof), []byte(d.proof(until))) {
		return false
	}
	seconds, err := strconv.ParseInt(until, 10, 64)
	return err == nil && now.Unix() < seconds
}

func (d devices) proof(until string) string {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(until))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

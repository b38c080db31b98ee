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

// deviceAge is how long a browser stays known after a sign-in.
const deviceAge = 30 * 24 * time.Hour

// deviceCookies issues and checks cookies that mark the browsers in which a user
// has signed in. Such a cookie opens no session. It keeps a share of the password
// attempts free for known browsers, so that guesses of unauthenticated callers do
// not lock the users out.
//
// Attempts are not counted by IP address: the gateway passes on any
// X-Forwarded-For that it is sent.
//
// Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
type deviceCookies struct{ key []byte }

// newDeviceCookies derives an own key, so that a signature of one purpose has no
// meaning for the other.
func newDeviceCookies(key []byte) deviceCookies {
	own, err := hkdf.Key(sha256.New, key, nil, "prewarm dashboard device", sha256.Size)
	if err != nil {
		panic(err) // only if the length is too large
	}
	return deviceCookies{own}
}

// issue returns the value of a new cookie: its end in Unix seconds, a dot and the
// signature of the end.
func (d deviceCookies) issue(now time.Time) string {
	end := strconv.FormatInt(now.Add(deviceAge).Unix(), 10)
	return end + "." + d.sign(end)
}

// valid reports whether the value was issued with the same key and has not ended.
func (d deviceCookies) valid(value string, now time.Time) bool {
	end, signature, _ := strings.Cut(value, ".")
	// The signature is checked before the end is parsed: unsigned text reaches no
	// parser.
	if !hmac.Equal([]byte(signature), []byte(d.sign(end))) {
		return false
	}
	seconds, err := strconv.ParseInt(end, 10, 64)
	return err == nil && now.Unix() < seconds
}

// sign returns the HMAC-SHA-256 of a text in base64.
func (d deviceCookies) sign(text string) string {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

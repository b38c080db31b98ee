package dashboard

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/event"
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
type deviceCookies struct{ keys event.Keys }

// newDeviceCookies derives keys of its own. A browser stays known as long as the key that
// signed its cookie is among them.
func newDeviceCookies(keys event.Keys) deviceCookies {
	return deviceCookies{keys.Derive("prewarm dashboard device")}
}

// issue returns the value of a new cookie: its end in Unix seconds, a dot and the
// signature of the end.
func (d deviceCookies) issue(now time.Time) string {
	end := strconv.FormatInt(now.Add(deviceAge).Unix(), 10)
	return end + "." + d.sign(end)
}

// valid reports whether the value was issued with one of the keys and has not ended.
func (d deviceCookies) valid(value string, now time.Time) bool {
	end, signature, _ := strings.Cut(value, ".")
	// The signature is checked before the end is parsed: unsigned text reaches no
	// parser.
	mac, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !d.keys.Signed(mac, []byte(end)) {
		return false
	}
	// Many texts have the same bytes: the decoder passes over line ends and spare bits.
	if base64.RawURLEncoding.EncodeToString(mac) != signature {
		return false
	}
	seconds, err := strconv.ParseInt(end, 10, 64)
	return err == nil && now.Unix() < seconds
}

// sign returns the signature of a text in base64.
func (d deviceCookies) sign(text string) string {
	return base64.RawURLEncoding.EncodeToString(d.keys.Sign([]byte(text)))
}

package testbed

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A client needs the authority to accept the server, and a certificate of it to be
// accepted.
func TestAnAuthorityIsTrustedByItsOwnAlone(t *testing.T) {
	authority, other := NewAuthority(t), NewAuthority(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = authority.Server(true)
	server.StartTLS()
	defer server.Close()
	for name, c := range map[string]struct {
		roots, client *Authority
		accepted      bool
	}{
		"both":               {authority, authority, true},
		"another server":     {other, authority, false},
		"another client":     {authority, other, false},
		"without a client's": {authority, nil, false},
	} {
		cfg := &tls.Config{RootCAs: x509.NewCertPool()}
		cfg.RootCAs.AppendCertsFromPEM(c.roots.PEM())
		if c.client != nil {
			pair, err := tls.X509KeyPair(c.client.Issue("client", time.Now().Add(time.Hour)))
			if err != nil {
				t.Fatal(err)
			}
			cfg.Certificates = []tls.Certificate{pair}
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: cfg}}
		res, err := client.Get(server.URL)
		if err == nil {
			res.Body.Close()
		}
		if (err == nil) != c.accepted {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

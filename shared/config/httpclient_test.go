package config_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"prewarm/shared/config"
	"prewarm/shared/testbed"
)

func TestARedirectionNamesTheAddressToSet(t *testing.T) {
	var asked []string
	location := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method)
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusMovedPermanently)
	}))
	defer server.Close()
	base := server.URL + "/openfaas"
	for _, c := range []struct{ location, want string }{
		{"https://gw.example/openfaas/system/functions?namespace=a", `gateway_url must be "https://gw.example/openfaas": "` + base + `/system/functions" is redirected there (status 301)`},
		{"https://gw.example/system/functions", `gateway_url must be "https://gw.example": `},
		{"/faas/system/functions", `gateway_url must be "` + server.URL + `/faas": `},
		{"https://me:hunter2@sso.example/login?token=hunter2", `gateway_url must be an address that answers itself: "` + base + `/system/functions" is redirected to "https://sso.example/login" (status 301)`},
		{"", "unreadable address"},
		{"http://[bad", "gateway_url: status 301 with an unreadable address"},
	} {
		location, asked = c.location, nil
		_, err := config.HTTPClient("gateway", base+"/", nil).Post(base+"/system/functions?key=hunter2", "text/plain", strings.NewReader("x"))
		if c.location == "" {
			if err != nil {
				t.Errorf("a status 301 without an address is the caller's: got %v", err)
			}
			continue
		}
		_, own, _ := strings.Cut(err.Error(), `": `) // after the method and URL of http.Client
		if !strings.Contains(own, c.want) || strings.Contains(own, "hunter2") || len(asked) != 1 {
			t.Errorf("%s: got %v after %v, want %s", c.location, err, asked, c.want)
		}
	}
}

func TestAFailedHandshakeNamesWhatIsMissing(t *testing.T) {
	authority := testbed.NewAuthority(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.TLS = authority.Server(true)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	ca := map[string][]byte{"gateway-ca": authority.PEM()}
	for _, c := range []struct {
		address string
		secrets map[string][]byte
		want    string
	}{
		{secure.URL, nil, "mount the certificate of its authority as secret gateway-ca"},
		{secure.URL, ca, "the server wants another client certificate, secrets gateway-cert and gateway-key"},
		{strings.Replace(plain.URL, "http://", "https://", 1), nil, "gateway_url must name a port that speaks TLS, or begin with http://"},
	} {
		r := config.NewReader(env(mount(t, c.secrets)))
		client := config.HTTPClient("gateway", c.address, r.TLS("gateway", c.address))
		if _, err := client.Get(c.address); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestACertificateOfAnotherHostNamesTheKeyOfTheAddress(t *testing.T) {
	cause := x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"gateway.example"}}, Host: "gw"}
	err := config.ExplainTLS("gateway", fmt.Errorf("handshake: %w", cause))
	if !errors.As(err, &cause) || !strings.HasPrefix(err.Error(), "the host in gateway_url must be one of the server's certificate: ") {
		t.Errorf("got %v", err)
	}
}

func TestAnyOtherAnswerAndFailureIsTheCallers(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	client := config.HTTPClient("gateway", server.URL, nil)
	res, err := client.Get(server.URL)
	if err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("got %v, %v", res, err)
	}
	server.Close()
	if _, err := client.Get(server.URL); err == nil || strings.Contains(err.Error(), "gateway_url") {
		t.Errorf("got %v", err)
	}
}

package config_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/testbed"
)

// server is an HTTPS server with the certificates of secrets.
type server struct {
	t       *testing.T
	dir     string // of the secrets
	address string
}

// newServer starts a server with these secrets.
func newServer(t *testing.T, secrets map[string][]byte) *server {
	t.Helper()
	environment := mount(t, secrets)
	r := config.NewReader(env(environment))
	cfg := r.ServerTLS("keda")
	if r.Err() != nil || cfg == nil {
		t.Fatalf("got %v, %v", cfg, r.Err())
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			_, _ = w.Write([]byte("for " + r.TLS.PeerCertificates[0].Subject.CommonName))
		}
	}))
	// StartTLS would add a certificate of its own.
	s.Listener, s.Config.ErrorLog = tls.NewListener(s.Listener, cfg), log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return &server{t, environment["secrets_dir"], "https://" + s.Listener.Addr().String()}
}

// replace replaces a secret.
func (s *server) replace(name string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// dial connects as a client that trusts an authority, with a certificate or none. It returns the
// name in the server's certificate and the answer.
func (s *server) dial(trusted *testbed.Authority, pair ...[]byte) (name, answer string, err error) {
	s.t.Helper()
	cfg := &tls.Config{RootCAs: x509.NewCertPool(), VerifyConnection: func(c tls.ConnectionState) error {
		name = c.PeerCertificates[0].Subject.CommonName
		return nil
	}}
	cfg.RootCAs.AppendCertsFromPEM(trusted.PEM())
	if len(pair) == 2 {
		own, err := tls.X509KeyPair(pair[0], pair[1])
		if err != nil {
			s.t.Fatal(err)
		}
		cfg.Certificates = []tls.Certificate{own}
	}
	transport := &http.Transport{TLSClientConfig: cfg}
	defer transport.CloseIdleConnections()
	answer, err = get(&http.Client{Transport: transport}, s.address)
	return name, answer, err
}

func TestAServerWithoutACertificateHasNoTLS(t *testing.T) {
	r := config.NewReader(env(map[string]string{"secrets_dir": t.TempDir()}))
	if cfg := r.ServerTLS("keda"); cfg != nil || r.Err() != nil {
		t.Errorf("got %v, %v", cfg, r.Err())
	}
}

func TestAServerHasTheCertificateOfItsSecretOrFile(t *testing.T) {
	authority := testbed.NewAuthority(t)
	cert, key := authority.Issue("scaler", time.Now().Add(time.Hour))
	s := newServer(t, map[string][]byte{"keda-cert": cert, "keda-key": key})
	if name, _, err := s.dial(authority); err != nil || name != "scaler" {
		t.Errorf("got %q, %v", name, err)
	}
	if _, _, err := s.dial(testbed.NewAuthority(t)); err == nil {
		t.Error("a client that does not trust the authority connected")
	}
	files := map[string]string{"secrets_dir": t.TempDir(), "keda_cert_file": filepath.Join(s.dir, "keda-cert"), "keda_key_file": filepath.Join(s.dir, "keda-key")}
	if r := config.NewReader(env(files)); r.ServerTLS("keda") == nil || r.Err() != nil {
		t.Errorf("with files: %v", r.Err())
	}
}

func TestClientsNeedACertificateOfTheirAuthority(t *testing.T) {
	authority, clients := testbed.NewAuthority(t), testbed.NewAuthority(t)
	cert, key := authority.Issue("scaler", time.Now().Add(time.Hour))
	s := newServer(t, map[string][]byte{"keda-cert": cert, "keda-key": key, "keda-client-ca": clients.PEM()})
	ownCert, ownKey := clients.Issue("keda", time.Now().Add(time.Hour))
	if _, answer, err := s.dial(authority, ownCert, ownKey); err != nil || answer != "for keda" {
		t.Errorf("got %q, %v", answer, err)
	}
	oldCert, oldKey := clients.Issue("keda", time.Now().Add(-time.Hour))
	for cause, pair := range map[string][][]byte{
		"none": nil, "one of another authority": {cert, key}, "an expired one": {oldCert, oldKey},
	} {
		if _, answer, err := s.dial(authority, pair...); err == nil {
			t.Errorf("a client with %s was answered %q", cause, answer)
		}
	}
}

func TestRenewedCertificatesOfAServerAreUsedFromTheNextConnectionOn(t *testing.T) {
	authority, clients, later := testbed.NewAuthority(t), testbed.NewAuthority(t), testbed.NewAuthority(t)
	cert, key := authority.Issue("old", time.Now().Add(time.Hour))
	newCert, newKey := authority.Issue("new", time.Now().Add(time.Hour))
	s := newServer(t, map[string][]byte{"keda-cert": cert, "keda-key": key, "keda-client-ca": clients.PEM()})
	firstCert, firstKey := clients.Issue("first", time.Now().Add(time.Hour))
	secondCert, secondKey := later.Issue("second", time.Now().Add(time.Hour))
	for _, step := range []struct {
		secret  string
		content []byte
		name    string // in the server's certificate
		first   bool   // the client of the first authority is answered
		second  bool
	}{
		{"keda-cert", cert, "old", true, false},
		{"keda-cert", newCert, "old", true, false}, // its key is not there yet
		{"keda-key", newKey, "new", true, false},
		{"keda-client-ca", []byte("-----BEGIN"), "new", true, false}, // half of a file
		{"keda-client-ca", append(clients.PEM(), later.PEM()...), "new", true, true},
		{"keda-client-ca", later.PEM(), "new", false, true},
	} {
		s.replace(step.secret, step.content)
		name, _, first := s.dial(authority, firstCert, firstKey)
		_, _, second := s.dial(authority, secondCert, secondKey)
		if name != step.name || (first == nil) != step.first || (second == nil) != step.second {
			t.Errorf("after the change of %s: %q, first client %v, second client %v", step.secret, name, first, second)
		}
	}
}

func TestUnusableCertificatesOfAServerAreRefusedByName(t *testing.T) {
	authority := testbed.NewAuthority(t)
	cert, key := authority.Issue("scaler", time.Now().Add(time.Hour))
	oldCert, oldKey := authority.Issue("scaler", time.Now().Add(-time.Hour))
	for want, secrets := range map[string]map[string][]byte{
		"secret keda-key or key keda_key_file must be set too if secret keda-cert is":                      {"keda-cert": cert},
		"secret keda-cert or key keda_cert_file must be set too if secret keda-key is":                     {"keda-key": key},
		"secret keda-cert or key keda_cert_file must be set too if secret keda-client-ca is":               {"keda-client-ca": authority.PEM()},
		"secret keda-cert must hold a valid certificate: \"CN=scaler\" expired on":                         {"keda-cert": oldCert, "keda-key": oldKey},
		"secret keda-client-ca must hold certificates in PEM, complete from BEGIN to END, after 0 of them": {"keda-cert": cert, "keda-key": key, "keda-client-ca": []byte("nothing")},
	} {
		r := config.NewReader(env(mount(t, secrets)))
		if r.ServerTLS("keda"); r.Err() == nil || !strings.Contains(r.Err().Error(), want) {
			t.Errorf("got %v, want %q", r.Err(), want)
		}
	}
}

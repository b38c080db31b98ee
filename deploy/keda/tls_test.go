package keda

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"prewarm/deploy/keda/externalscaler"
	"prewarm/shared/config"
	"prewarm/shared/testbed"
)

// secured is a scaler that speaks TLS, with its certificates in a directory of secrets.
type secured struct {
	*world
	t       *testing.T
	dir     string
	address string
}

// newSecured runs a scaler with the certificate of one authority, whose clients have certificates
// of another one.
func newSecured(t *testing.T, servers, clients *testbed.Authority) *secured {
	w := &secured{world: &world{clock: newClock(), stream: make(chan []byte)}, t: t, dir: t.TempDir()}
	w.issue(servers, "first")
	w.write("keda-client-ca", clients.PEM())
	w.write("prewarm-hmac-key", []byte("a key of sixteen bytes"))
	r := config.NewReader(func(key string) string { return map[string]string{"secrets_dir": w.dir}[key] })
	cfg := ReadConfig(r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	w.address = w.run(t, cfg.TLS)
	return w
}

func (w *secured) write(name string, content []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), content, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// issue gives the scaler a certificate.
func (w *secured) issue(authority *testbed.Authority, name string) {
	w.t.Helper()
	cert, key := authority.Issue(name, time.Now().Add(time.Hour))
	w.write("keda-cert", cert)
	w.write("keda-key", key)
}

// ask connects as KEDA does with caCert, tlsClientCert and tlsClientKey, and asks for the metric's
// specification. It returns the name in the scaler's certificate.
func (w *secured) ask(trusted, own *testbed.Authority) (server string, err error) {
	w.t.Helper()
	cfg := &tls.Config{RootCAs: x509.NewCertPool(), VerifyConnection: func(c tls.ConnectionState) error {
		server = c.PeerCertificates[0].Subject.CommonName
		return nil
	}}
	cfg.RootCAs.AppendCertsFromPEM(trusted.PEM())
	if own != nil {
		pair, err := tls.X509KeyPair(own.Issue("keda", time.Now().Add(time.Hour)))
		if err != nil {
			w.t.Fatal(err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return server, w.askWith(credentials.NewTLS(cfg))
}

func (w *secured) askWith(as credentials.TransportCredentials) error {
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	_, err := externalscaler.NewExternalScalerClient(dial(w.t, w.address, as)).GetMetricSpec(ctx, ref())
	return err
}

func TestKEDAAsksOverTLS(t *testing.T) {
	servers, clients := testbed.NewAuthority(t), testbed.NewAuthority(t)
	w := newSecured(t, servers, clients)
	if server, err := w.ask(servers, clients); err != nil || server != "first" {
		t.Errorf("got %q, %v", server, err)
	}
}

func TestAWrongClientIsNotAnswered(t *testing.T) {
	servers, clients := testbed.NewAuthority(t), testbed.NewAuthority(t)
	w := newSecured(t, servers, clients)
	expect := func(cause string, err error) {
		t.Helper()
		if status.Code(err) != codes.Unavailable {
			t.Errorf("%s: got %v", cause, err)
		}
	}
	_, err := w.ask(servers, nil)
	expect("without a certificate", err)
	_, err = w.ask(servers, servers)
	expect("with a certificate of another authority", err)
	_, err = w.ask(clients, clients)
	expect("that trusts another authority", err)
	expect("without TLS", w.askWith(insecure.NewCredentials()))
}

func TestRenewedCertificatesAreUsedForTheNextConnection(t *testing.T) {
	servers, clients, later := testbed.NewAuthority(t), testbed.NewAuthority(t), testbed.NewAuthority(t)
	w := newSecured(t, servers, clients)
	if server, err := w.ask(servers, clients); err != nil || server != "first" {
		t.Errorf("got %q, %v", server, err)
	}
	w.issue(servers, "second")
	if server, err := w.ask(servers, clients); err != nil || server != "second" {
		t.Errorf("got %q, %v", server, err)
	}
	w.write("keda-client-ca", later.PEM())
	if _, err := w.ask(servers, clients); status.Code(err) != codes.Unavailable {
		t.Errorf("a client of the replaced authority: %v", err)
	}
	if _, err := w.ask(servers, later); err != nil {
		t.Errorf("a client of the new authority: %v", err)
	}
}

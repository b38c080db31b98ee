package config_test

import (
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

// mount writes secrets and returns the environment that names their directory.
func mount(t *testing.T, secrets map[string][]byte) map[string]string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range secrets {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]string{"secrets_dir": dir}
}

// serveTLS returns the address of a server that demands client certificates.
func serveTLS(t *testing.T, authority *testbed.Authority) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("for " + r.TLS.PeerCertificates[0].Subject.CommonName))
	}))
	server.TLS = authority.Server(true)
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// get sends one request over a new connection.
func get(client *http.Client, address string) (string, error) {
	client.CloseIdleConnections()
	res, err := client.Get(address)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body := make([]byte, 100)
	n, _ := res.Body.Read(body)
	return string(body[:n]), nil
}

func TestWithoutCertificatesThereIsNoTLSConfiguration(t *testing.T) {
	r := config.NewReader(env(map[string]string{"secrets_dir": t.TempDir()}))
	if cfg := r.TLS("gateway", "http://gateway:8080"); cfg != nil || r.Err() != nil {
		t.Errorf("got %v, %v", cfg, r.Err())
	}
}

func TestAServerIsReachedWithTheCertificatesOfSecretsOrFiles(t *testing.T) {
	authority := testbed.NewAuthority(t)
	address := serveTLS(t, authority)
	cert, key := authority.Issue("prewarm", time.Now().Add(time.Hour))
	secrets := mount(t, map[string][]byte{"gateway-ca": authority.PEM(), "gateway-cert": cert, "gateway-key": key})
	dir := secrets["secrets_dir"]
	files := map[string]string{
		"secrets_dir": t.TempDir(), "gateway_ca_file": filepath.Join(dir, "gateway-ca"),
		"gateway_cert_file": filepath.Join(dir, "gateway-cert"), "gateway_key_file": filepath.Join(dir, "gateway-key"),
	}
	for _, environment := range []map[string]string{secrets, files} {
		r := config.NewReader(env(environment))
		cfg := r.TLS("gateway", address)
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		if body, err := get(config.HTTPClient("gateway", address, cfg), address); err != nil || body != "for prewarm" {
			t.Errorf("got %q, %v", body, err)
		}
	}
}

// A certificate is renewed in its mounted files while the program runs.
func TestARenewedClientCertificateIsUsedFromTheNextConnectionOn(t *testing.T) {
	authority := testbed.NewAuthority(t)
	address := serveTLS(t, authority)
	cert, key := authority.Issue("old", time.Now().Add(time.Hour))
	environment := mount(t, map[string][]byte{"gateway-ca": authority.PEM(), "gateway-cert": cert, "gateway-key": key})
	client := config.HTTPClient("gateway", address, config.NewReader(env(environment)).TLS("gateway", address))
	replace := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(environment["secrets_dir"], name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	newCert, newKey := authority.Issue("new", time.Now().Add(time.Hour))
	for _, step := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"gateway-cert", cert, "for old"},
		{"gateway-cert", newCert, "for old"}, // its key is not there yet
		{"gateway-key", newKey, "for new"},
	} {
		replace(step.name, step.content)
		if body, err := get(client, address); err != nil || body != step.want {
			t.Errorf("after the change of %s: got %q, %v, want %q", step.name, body, err, step.want)
		}
	}
}

func TestUnusableCertificatesAreRefusedByName(t *testing.T) {
	authority := testbed.NewAuthority(t)
	cert, key := authority.Issue("prewarm", time.Now().Add(time.Hour))
	oldCert, oldKey := authority.Issue("prewarm", time.Now().Add(-time.Hour))
	_, otherKey := authority.Issue("prewarm", time.Now().Add(time.Hour))
	for want, secrets := range map[string]map[string][]byte{
		"secret nats-key or key nats_key_file must be set too if secret nats-cert is":                                             {"nats-cert": cert},
		"secret nats-cert or key nats_cert_file must be set too if secret nats-key is":                                            {"nats-key": key},
		"secret nats-cert must hold a valid certificate: \"CN=prewarm\" expired on":                                               {"nats-cert": oldCert, "nats-key": oldKey},
		"secret nats-key must be the private key, in PEM and not encrypted, of secret nats-cert: tls: private key does not match": {"nats-cert": cert, "nats-key": otherKey},
		"secret nats-cert must hold certificates, but has a PEM block of type \"PRIVATE KEY\"":                                    {"nats-cert": key, "nats-key": cert},
		"secret nats-ca must hold certificates in PEM, complete from BEGIN to END, after 0":                                       {"nats-ca": []byte("hunter2")},
		"secret nats-ca must hold certificates in PEM, complete from BEGIN to END, after 1":                                       {"nats-ca": append(authority.PEM(), cert[:len(cert)-9]...)},
		"secret nats-ca must hold a valid certificate":                                                                            {"nats-ca": oldCert},
		"secret nats-ca must hold certificates: number 1 is unreadable":                                                           {"nats-ca": []byte("-----BEGIN CERTIFICATE-----\naGFsbG8=\n-----END CERTIFICATE-----\n")},
	} {
		r := config.NewReader(env(mount(t, secrets)))
		cfg := r.TLS("nats", "tls://nats:4222")
		if err := r.Err(); cfg != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Bundles of authorities keep those that have expired.
func TestABundleMayHoldAnExpiredAuthority(t *testing.T) {
	authority := testbed.NewAuthority(t)
	expired, _ := authority.Issue("expired", time.Now().Add(-time.Hour))
	for _, bundle := range [][]byte{append(authority.PEM(), expired...), append(expired, authority.PEM()...)} {
		r := config.NewReader(env(mount(t, map[string][]byte{"nats-ca": bundle})))
		if cfg := r.TLS("nats", "tls://nats:4222"); cfg == nil || r.Err() != nil {
			t.Errorf("got %v", r.Err())
		}
	}
}

func TestCertificatesWithoutTLSAreRefused(t *testing.T) {
	r := config.NewReader(env(mount(t, map[string][]byte{"gateway-ca": testbed.NewAuthority(t).PEM()})))
	r.TLS("gateway", "http://gateway:8080")
	if err := r.Err(); err == nil || err.Error() != "gateway_url must begin with https:// if secret gateway-ca is set" {
		t.Errorf("got %v", err)
	}
}

func TestAMissingCertificateFileIsNamed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/nonexistent": "nats_ca_file: open /nonexistent", empty: "nats_ca_file: the file " + empty + " is empty"} {
		r := config.NewReader(env(map[string]string{"secrets_dir": t.TempDir(), "nats_ca_file": path}))
		r.TLS("nats", "tls://nats:4222")
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func FuzzTLS(f *testing.F) {
	authority := testbed.NewAuthority(f)
	cert, key := authority.Issue("prewarm", time.Now().Add(time.Hour))
	f.Add(authority.PEM(), cert, key)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), cert, []byte{})
	f.Fuzz(func(t *testing.T, ca, cert, key []byte) {
		r := config.NewReader(env(mount(t, map[string][]byte{"nats-ca": ca, "nats-cert": cert, "nats-key": key})))
		cfg := r.TLS("nats", "tls://nats:4222")
		if cfg != nil && r.Err() != nil || cfg != nil && cfg.RootCAs == nil && cfg.GetClientCertificate == nil {
			t.Errorf("got %+v with %v", cfg, r.Err())
		}
	})
}

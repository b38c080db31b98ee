package config

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// TLS returns the TLS configuration of the service at address, or nil if none of its
// certificates is set. name is the first word of its keys and secrets, such as gateway:
//
//	secret gateway-ca    or key gateway_ca_file    authorities, added to those of the system
//	secret gateway-cert  or key gateway_cert_file  client certificate, with its chain
//	secret gateway-key   or key gateway_key_file   its private key
//
// All are PEM, and the keys are paths. Secrets take precedence. It is an error if a
// certificate cannot be read or has expired, if only one of certificate and key is set, or
// if address begins with http://, where certificates would have no effect.
//
// A client certificate that is renewed in its file is used from the next connection on.
// Authorities are read once.
func (r *Reader) TLS(name, address string) *tls.Config {
	ca, cert, key := r.pemFile(name, "ca"), r.pemFile(name, "cert"), r.pemFile(name, "key")
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	set := errors.Join(r.setAuthorities(cfg, ca), r.setClient(cfg, cert, key))
	switch {
	case set != nil:
		r.errs = append(r.errs, set)
		return nil
	case cfg.RootCAs == nil && cfg.GetClientCertificate == nil:
		return nil
	case strings.HasPrefix(strings.ToLower(address), "http://"):
		r.fail("%s_url must begin with https:// if %s is set", name, firstSet(ca, cert))
		return nil
	}
	return cfg
}

// pemFile is a PEM file that a secret or a key names. The zero text means that it is not
// set.
type pemFile struct {
	name string // as an operator knows it: secret gateway-ca, or gateway_ca_file
	path string
	text []byte
}

// pemFile reads a secret, or else the file of a key.
func (r *Reader) pemFile(name, part string) pemFile {
	secret := name + "-" + part
	if text, ok := r.readSecret(secret); ok {
		// An empty file is a mistake: without it, a server would ask for no certificates.
		if strings.TrimSpace(text) == "" {
			r.fail("secret %s: the file %s is empty", secret, r.secretPath(secret))
		}
		return pemFile{"secret " + secret, r.secretPath(secret), []byte(text)}
	}
	key := name + "_" + strings.ReplaceAll(part, "-", "_") + "_file"
	f := pemFile{name: "secret " + secret + " or key " + key}
	if path := r.String(key, ""); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			r.fail("%s: %w", key, err)
		} else if text = bytes.TrimSpace(text); len(text) == 0 {
			r.fail("%s: the file %s is empty", key, path)
		}
		f = pemFile{key, path, text}
	}
	return f
}

func (f pemFile) set() bool { return len(f.text) > 0 }

func firstSet(a, b pemFile) string {
	if a.set() {
		return a.name
	}
	return b.name
}

// setAuthorities adds the certificates of ca to the system's.
func (r *Reader) setAuthorities(cfg *tls.Config, ca pemFile) error {
	if !ca.set() {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without certificates
	}
	cfg.RootCAs, err = authorities(ca, pool)
	return err
}

// authorities adds the certificates of ca to a pool, nil after an error. A bundle may hold
// expired ones, as bundles do, but not only these.
func authorities(ca pemFile, pool *x509.CertPool) (*x509.CertPool, error) {
	certs, err := parseCertificates(ca.text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", ca.name, err)
	}
	now, valid := time.Now(), false
	for _, c := range certs {
		pool.AddCert(c)
		invalid := checkValidity(c, now)
		valid, err = valid || invalid == nil, invalid
	}
	if !valid {
		return nil, fmt.Errorf("%s %w", ca.name, err)
	}
	return pool, nil
}

// setClient sets the client certificate, which is read again for every handshake. While
// the files are being replaced, the last pair that fitted is used.
func (r *Reader) setClient(cfg *tls.Config, cert, key pemFile) error {
	pair, err := newReloaded(cert, key)
	if pair != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.current(), nil }
	}
	return err
}

// reload reads both files of a certificate again.
func reload(cert, key pemFile) (*tls.Certificate, error) {
	var err error
	if cert.text, err = os.ReadFile(cert.path); err != nil {
		return nil, err
	}
	if key.text, err = os.ReadFile(key.path); err != nil {
		return nil, err
	}
	return keyPair(cert, key, time.Now())
}

// keyPair returns a certificate that is valid now. No error shows a key.
func keyPair(cert, key pemFile, now time.Time) (*tls.Certificate, error) {
	chain, err := parseCertificates(cert.text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", cert.name, err)
	}
	if err := checkValidity(chain[0], now); err != nil {
		return nil, fmt.Errorf("%s %w", cert.name, err)
	}
	pair, err := tls.X509KeyPair(cert.text, key.text)
	if err != nil {
		return nil, fmt.Errorf("%s must be the private key, in PEM and not encrypted, of %s: %w", key.name, cert.name, err)
	}
	return &pair, nil
}

// checkValidity returns an error if the certificate has expired or is not valid yet.
func checkValidity(c *x509.Certificate, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return fmt.Errorf("must hold a valid certificate: %.100q expired on %s", c.Subject, c.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(c.NotBefore):
		return fmt.Errorf("must hold a valid certificate: %.100q is valid from %s", c.Subject, c.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

// parseCertificates returns the certificates of a PEM text, at least one. Text between
// them is ignored, but a block that is cut off or of another type is an error.
func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("must hold certificates, but has a PEM block of type %.40q", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("must hold certificates: number %d is unreadable: %w", len(certs)+1, err)
		}
		certs, text = append(certs, c), rest
	}
	if len(certs) == 0 || bytes.Contains(text, []byte("-----BEGIN")) {
		return nil, fmt.Errorf("must hold certificates in PEM, complete from BEGIN to END, after %d of them: %d bytes unreadable", len(certs), len(text))
	}
	return certs, nil
}

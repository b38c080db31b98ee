package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// ServerTLS returns the TLS configuration of a server of this program, or nil if it has no
// certificate. name is the first word of its keys and secrets, such as keda:
//
//	secret keda-cert       or key keda_cert_file       certificate, with its chain
//	secret keda-key        or key keda_key_file        its private key
//	secret keda-client-ca  or key keda_client_ca_file  authorities of clients
//
// All are PEM, and the keys are paths. Secrets take precedence. With authorities of clients, a
// client without a valid certificate of one of them is refused; those of the system do not
// count. It is an error if a certificate cannot be read or has expired, if only one of
// certificate and key is set, or if authorities are set without them.
//
// Files that are renewed are used from the next connection on. While they are being replaced,
// the last ones that could be used are.
func (r *Reader) ServerTLS(name string) *tls.Config {
	cert, key, ca := r.pemFile(name, "cert"), r.pemFile(name, "key"), r.pemFile(name, "client-ca")
	pair, err := newReloaded(cert, key)
	if err == nil && pair == nil && ca.set() {
		err = fmt.Errorf("%s must be set too if %s is: without a certificate of the server nobody is asked for one", cert.name, ca.name)
	}
	if err != nil {
		r.Check(err)
		return nil
	}
	if pair == nil {
		return nil
	}
	cfg := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.current(), nil },
	}
	r.Check(requireClients(cfg, ca))
	return cfg
}

// requireClients makes cfg refuse clients without a certificate of ca, if that is set.
func requireClients(cfg *tls.Config, ca pemFile) error {
	if !ca.set() {
		return nil
	}
	pool, err := authorities(ca, x509.NewCertPool())
	if err != nil {
		return err
	}
	var last atomic.Pointer[x509.CertPool]
	last.Store(pool)
	cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, pool
	whole := cfg.Clone()
	cfg.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if text, err := os.ReadFile(ca.path); err == nil {
			if pool, err := authorities(pemFile{ca.name, ca.path, text}, x509.NewCertPool()); err == nil {
				last.Store(pool)
			}
		}
		now := whole.Clone()
		now.ClientCAs = last.Load()
		return now, nil
	}
	return nil
}

// reloaded is a certificate with its key, which are read again from their files.
type reloaded struct {
	cert, key pemFile
	last      atomic.Pointer[tls.Certificate]
}

// newReloaded returns the certificate of two files, nil if none is set. Both must be set, and
// fit.
func newReloaded(cert, key pemFile) (*reloaded, error) {
	switch {
	case !cert.set() && !key.set():
		return nil, nil
	case !cert.set():
		return nil, fmt.Errorf("%s must be set too if %s is: a key needs its certificate", cert.name, key.name)
	case !key.set():
		return nil, fmt.Errorf("%s must be set too if %s is: a certificate needs its key", key.name, cert.name)
	}
	first, err := keyPair(cert, key, time.Now())
	if err != nil {
		return nil, err
	}
	p := &reloaded{cert: cert, key: key}
	p.last.Store(first)
	return p, nil
}

// current returns the pair in the files, or the last one that fitted.
func (p *reloaded) current() *tls.Certificate {
	if pair, err := reload(p.cert, p.key); err == nil {
		p.last.Store(pair)
	}
	return p.last.Load()
}

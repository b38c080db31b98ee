// Package access reads where an OpenFaaS gateway is and how to sign in there: from flags, the
// environment, the files of secrets, and what faas-cli login has stored.
//
// The keys are those of the functions (functions/CONFIGURATION.md), such as gateway_url and
// secrets_dir. Passwords and tokens come from files or the environment, never from an argument,
// which other users of the machine can see.
package access

import (
	"cmp"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"

	"prewarm/shared/config"
)

// Default address of the gateway, that of faas-cli.
const defaultGateway = "http://127.0.0.1:8080"

// Config is how the dashboard and the gateway are reached. An empty password or token is not
// used.
type Config struct {
	Gateway   string // address of the gateway, with its path
	Dashboard string // address of the dashboard
	TLS       *tls.Config
	User      string // of the gateway
	Password  string
	Token     string // prewarm-dashboard-token, or else prewarm-read-token
}

// Names of the secrets, as functions mount them.
const (
	passwordSecret = "prewarm-gateway-password"
	tokenSecret    = "prewarm-dashboard-token"
	readSecret     = "prewarm-read-token"
)

// Read reads the configuration:
//
//	gateway_url       or OPENFAAS_URL, the address of the gateway; http://127.0.0.1:8080
//	gateway_user      admin
//	dashboard_url     the dashboard; below the gateway, at dashboard_path
//	dashboard_path    /function/dashboard
//	secrets prewarm-gateway-password, prewarm-dashboard-token, prewarm-read-token
//	certificates of gateway-ca, gateway-cert, gateway-key
//
// A secret is a file in secrets_dir or a variable, see Secret. Without a password, the user and
// password are those that faas-cli login has stored for the gateway.
func Read(r *config.Reader, getenv func(string) string) Config {
	address := r.BaseURL("gateway_url", cmp.Or(strings.TrimSpace(getenv("OPENFAAS_URL")), defaultGateway), "http", "https")
	c := Config{
		Gateway: address, TLS: r.TLS("gateway", address),
		Dashboard: r.BaseURL("dashboard_url", address+"/"+strings.Trim(r.String("dashboard_path", "/function/dashboard"), "/"), "http", "https"),
		User:      r.String("gateway_user", "admin"),
		Password:  Secret(r, getenv, passwordSecret),
		Token:     cmp.Or(Secret(r, getenv, tokenSecret), Secret(r, getenv, readSecret)),
	}
	if c.Password == "" {
		if stored, ok := stored(configFile(getenv), address); ok {
			c.User, c.Password = stored.user, stored.password
		}
	}
	return c
}

// Secret returns a secret: the file of its name in secrets_dir, or else the variable of its name
// in capitals with underscores, such as PREWARM_GATEWAY_PASSWORD. It is empty if there is
// neither.
func Secret(r *config.Reader, getenv func(string) string, name string) string {
	return cmp.Or(r.OptionalSecret(name), strings.TrimSpace(getenv(strings.ToUpper(strings.ReplaceAll(name, "-", "_")))))
}

// configFile returns the file in which faas-cli login stores credentials.
//
// Source: config/config_file.go of openfaas/faas-cli; OPENFAAS_CONFIG names its directory.
func configFile(getenv func(string) string) string {
	dir := getenv("OPENFAAS_CONFIG")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".openfaas")
	}
	return filepath.Join(dir, "config.yml")
}

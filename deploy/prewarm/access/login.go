package access

import (
	"encoding/base64"
	"io"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxLogin bounds what is read of the file of faas-cli, in bytes.
const maxLogin = 1 << 20

// login is a user with a password.
type login struct{ user, password string }

// stored returns what faas-cli login has stored for a gateway. A file that is missing or
// unreadable stores nothing: it belongs to another program.
func stored(path, gateway string) (login, bool) {
	file, err := os.Open(path)
	if err != nil {
		return login{}, false
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxLogin))
	if err != nil {
		return login{}, false
	}
	return parseLogin(text, gateway)
}

// parseLogin finds a gateway in the text of the file of faas-cli. The token of basic
// authentication is user and password with a colon between, in base64.
//
// Source: ConfigFile and DecodeAuth in config/config_file.go of openfaas/faas-cli.
func parseLogin(text []byte, gateway string) (login, bool) {
	var file struct {
		Auths []struct{ Gateway, Auth, Token string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return login{}, false
	}
	for _, a := range file.Auths {
		if strings.TrimRight(a.Gateway, "/") != gateway || a.Auth != "basic" {
			continue
		}
		decoded, err := base64.StdEncoding.DecodeString(a.Token)
		user, password, ok := strings.Cut(string(decoded), ":")
		if err == nil && ok && user != "" && password != "" {
			return login{user, password}, true
		}
	}
	return login{}, false
}

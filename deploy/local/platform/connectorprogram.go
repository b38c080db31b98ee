package platform

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// programDir is where programs are built that run beside the functions.
const programDir = ".bin"

// ConnectorProgram builds the program of the JetStream connector, for a caller that runs it in
// a process of its own. It returns its path, and the environment with its secrets, which are
// files below the state directory. The addresses are left to the caller.
func (p *Platform) ConnectorProgram(ctx context.Context) (program string, env []string, err error) {
	if program, err = filepath.Abs(filepath.Join(programDir, "jetstream-connector")); err != nil {
		return "", nil, err
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./deploy/connector/jetstream-connector").CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("build the connector: %w: %s", err, out)
	}
	secrets := filepath.Join(p.opts.StateDir, "connector")
	if err := os.MkdirAll(secrets, 0o700); err != nil {
		return "", nil, err
	}
	for name, value := range map[string]string{
		"prewarm-hmac-key": p.key, "basic-auth-user": p.opts.User, "basic-auth-password": p.opts.Password,
	} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(value), 0o600); err != nil {
			return "", nil, err
		}
	}
	return program, []string{"secrets_dir=" + secrets, "secret_mount_path=" + secrets, "basic_auth=true"}, nil
}

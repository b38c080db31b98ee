package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"golang.org/x/sys/unix"

	"prewarm/deploy/local/process"
	"prewarm/shared/testbed"
)

// containerKey is the variable with which the test program starts itself as the first process of
// a container; its value is a start as JSON.
const containerKey = "PREWARM_TEST_CONTAINER"

// start is what a container runtime gets to know.
type start struct {
	Root string
	User int
	Args []string
	Env  []string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(containerKey); text != "" {
		var s start
		err := json.Unmarshal([]byte(text), &s)
		if err == nil {
			err = s.enter()
		}
		fmt.Fprintln(os.Stderr, "container:", err)
		os.Exit(70)
	}
	os.Exit(m.Run())
}

// enter becomes the program in its root file system, which is read-only, as a user without
// rights. It is called in a mount namespace of its own, and returns only an error.
func (s start) enter() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	if err := unix.Mount(s.Root, s.Root, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	if err := unix.Mount("", s.Root, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	if err := errors.Join(unix.Chroot(s.Root), os.Chdir("/"), syscall.Setgroups(nil), syscall.Setgid(s.User), syscall.Setuid(s.User)); err != nil {
		return err
	}
	return unix.Exec(s.Args[0], s.Args, s.Env)
}

// container is a started image.
type container struct {
	*process.Process
	output *testbed.Buffer
}

// runImage starts an image as Kubernetes does with the security context of deploy/kubernetes. mounts
// are files of volumes. It skips the test where a process cannot get a file system of its own.
func runImage(t *testing.T, img v1.Image, args []string, env, mounts map[string]string) container {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start a program in the file system of its image")
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	s := start{Root: filepath.Join(t.TempDir(), "root"), Args: append(config.Config.Entrypoint, args...)}
	if s.User, err = strconv.Atoi(strings.Split(config.Config.User, ":")[0]); err != nil || s.User == 0 {
		t.Fatalf("the user must be a number other than 0, was: %q", config.Config.User)
	}
	all := map[string]string{} // a program sees the first of two values
	for _, pair := range config.Config.Env {
		key, value, _ := strings.Cut(pair, "=")
		all[key] = value
	}
	maps.Copy(all, env)
	for key, value := range all {
		s.Env = append(s.Env, key+"="+value)
	}
	unpackImage(t, img, s.Root, mounts)
	return s.launch(t)
}

// unpackImage unpacks an image, and adds the files of volumes.
func unpackImage(t *testing.T, img v1.Image, root string, mounts map[string]string) {
	t.Helper()
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	content := mutate.Extract(img)
	defer content.Close()
	unpack(t, content, root)
	for path, text := range mounts {
		path = filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o444)); err != nil {
			t.Fatal(err)
		}
	}
}

// launch starts the container, which ends with the test.
func (s start) launch(t *testing.T) container {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	launcher, err := process.NewLauncher()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = launcher.Close() })
	c := container{output: &testbed.Buffer{}}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{containerKey + "=" + string(text)}
	cmd.Stdout, cmd.Stderr = c.output, c.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	c.Process, err = launcher.Start(cmd)
	if errors.Is(err, syscall.EPERM) {
		t.Skipf("this machine allows no mount namespaces: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(10 * time.Second) })
	return c
}

// checkConfined checks that the process has the user of the image alone and cannot write to
// its root.
func (c container) checkConfined(t *testing.T) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	uid, gid, _ := strings.Cut(user, ":")
	for _, line := range []string{"Uid:" + strings.Repeat("\t"+uid, 4), "Gid:" + strings.Repeat("\t"+gid, 4), "Groups:\t ", "CapEff:\t0000000000000000"} {
		if !strings.Contains(string(status), line+"\n") {
			t.Errorf("the status must have %q, was:\n%s", line, status)
		}
	}
	mounts, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", c.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	// ID, parent, device, root in the file system, mount point, options
	fields := strings.Fields(string(mounts))
	if strings.Count(string(mounts), "\n") != 1 || len(fields) < 6 || fields[4] != "/" || !strings.HasPrefix(fields[5], "ro,") {
		t.Errorf("the only mount must be the root, read-only, was:\n%s", mounts)
	}
}

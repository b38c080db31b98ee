package code

import (
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// repository holds one file in each package that models depend on.
func repository(text string) fstest.MapFS {
	tree := fstest.MapFS{}
	for _, dir := range sources() {
		tree[dir+"/part.go"] = &fstest.MapFile{Data: []byte("package part\n\n// Rate is a rate.\nconst Rate = 2\n")}
	}
	tree["shared/nn/lstm/more.go"] = &fstest.MapFile{Data: []byte(text)}
	return tree
}

func TestCodeIsItsTokens(t *testing.T) {
	const text = "package lstm\n\n// Step is one.\nfunc Step() int { return 1 }\n"
	code := func(tree fs.FS) string {
		c, err := Of(tree)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	want := code(repository(text))
	for what, same := range map[string]string{
		"another comment": "package lstm\n\n// Step is 1.\nfunc Step() int { return 1 }\n",
		"another layout":  "package lstm\n\nfunc Step() int {\n\treturn 1\n}\n",
	} {
		if code(repository(same)) != want {
			t.Errorf("%s is other code", what)
		}
	}
	if code(repository("package lstm\n\nfunc Step() int { return 2 }\n")) == want {
		t.Error("another constant is the same code")
	}
	tested := repository(text)
	tested["shared/nn/lstm/more_test.go"] = &fstest.MapFile{Data: []byte("package lstm\n")}
	if code(tested) != want {
		t.Error("a test is other code")
	}
	moved := repository(text)
	moved["shared/nn/lstm/new.go"] = moved["shared/nn/lstm/more.go"]
	if code(moved) == want {
		t.Error("another file is the same code")
	}
}

// Every package that fit imports counts as code that trains, except the packages
// that carry data.
func TestSourcesAreAllImportsOfTraining(t *testing.T) {
	// Event reads keys of the configuration; training has none.
	carriers := []string{"shared/event", "shared/config", "shared/trace"}
	out, err := exec.Command("go", "list", "-deps", "prewarm/models/train/fit").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		dir, own := strings.CutPrefix(name, "prewarm/")
		if own && !slices.Contains(carriers, dir) && !slices.Contains(sources(), dir) {
			t.Errorf("%s must be one of sources", dir)
		}
	}
}

func TestCodeThatIsNotThere(t *testing.T) {
	if _, err := Of(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := Of(repository("package lstm\n\nconst s = `open\n")); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("broken source: %v", err)
	}
	elsewhere, err := At(t.TempDir())
	if err != nil || elsewhere == "" {
		t.Errorf("%q, %v", elsewhere, err)
	}
	root, err := At("../../..")
	if err != nil || root == elsewhere {
		t.Errorf("the repository is %q, %v", root, err)
	}
}

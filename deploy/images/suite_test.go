package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// load returns the images of the suite by name. It works in the root of the repository.
func load(t *testing.T) map[string]source {
	t.Helper()
	t.Chdir("../..")
	all, tag, err := suite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !tagForm.MatchString(tag) {
		t.Errorf("stack.yml must have a tag, was: %q", tag)
	}
	byName := map[string]source{}
	for _, s := range all {
		byName[s.name] = s
	}
	if len(byName) != len(all) {
		t.Errorf("two images have one name: %v", all)
	}
	return byName
}

// named matches the images of the project in manifests.
var named = regexp.MustCompile(defaultRegistry + `/(prewarm[a-z-]*)`)

func TestEveryImageThatManifestsNameIsBuilt(t *testing.T) {
	built := load(t)
	found := 0
	err := filepath.WalkDir("deploy/kubernetes", func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found++
			if built[m[1]].dir == "" {
				t.Errorf("%s names the image %s, which is not built", path, m[1])
			}
		}
		return err
	})
	if err != nil || found == 0 {
		t.Fatalf("%d images are named: %v", found, err)
	}
}

// An image and the Dockerfile beside a program start the same program at the same ports.
func TestImagesAreThoseOfTheDockerfiles(t *testing.T) {
	byDir := map[string]source{}
	for _, s := range load(t) {
		byDir[filepath.Dir(s.dir)] = s
	}
	files, err := filepath.Glob("deploy/*/Dockerfile")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d Dockerfiles: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := byDir[filepath.Dir(file)]
		for _, line := range []string{
			"USER " + user, "EXPOSE " + strings.Join(s.ports, " "), `ENTRYPOINT ["` + s.entry + `"]`, " -t " + s.name + " .",
		} {
			if !strings.Contains(string(text), line+"\n") {
				t.Errorf("%s must have the line %q", file, line)
			}
		}
	}
}

func TestFunctionsServeThemselves(t *testing.T) {
	built := load(t)
	var functions []source
	for _, s := range built {
		if s.workspace {
			functions = append(functions, s)
		}
	}
	if len(functions) != 4 {
		t.Fatalf("stack.yml has 4 functions, got: %v", slices.Sorted(maps.Keys(built)))
	}
	for _, s := range functions {
		want := map[string]string{"handler_port": "8080", "read_timeout": "30s", "write_timeout": "30s", "healthcheck_interval": "5s"}
		if !maps.Equal(s.env, want) {
			t.Errorf("%s: environment must be that of the template without of-watchdog, %v, was: %v", s.name, want, s.env)
		}
		if !slices.Equal(s.ports, []string{"8080"}) {
			t.Errorf("%s: ports %v", s.name, s.ports)
		}
	}
}

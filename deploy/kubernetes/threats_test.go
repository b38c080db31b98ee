package kubernetes

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryClaimOfTheReadmeIsHeldByATest looks for the tests that README.md names.
func TestEveryClaimOfTheReadmeIsHeldByATest(t *testing.T) {
	_, threats, found := strings.Cut(read(t, "README.md"), "\n## Threat model\n")
	if !found {
		t.Fatal("README.md has no threat model")
	}
	named := regexp.MustCompile("`(Test[A-Z]\\w+)`").FindAllStringSubmatch(read(t, "README.md"), -1)
	if strings.Count(threats, "`Test") < 20 {
		t.Errorf("the threat model names %d tests", strings.Count(threats, "`Test"))
	}
	have := testFunctions(t)
	for _, name := range named {
		if !have[name[1]] {
			t.Errorf("README.md names %s, which is not in the repository", name[1])
		}
	}
}

// testFunctions returns the names of all tests of the repository.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	declared, all := regexp.MustCompile(`(?m)^func (Test[A-Z]\w+)\(t \*testing\.T\)`), map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, name := range declared.FindAllSubmatch(text, -1) {
			all[string(name[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

package main

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
)

// figures are the sizes of a tree of Go files. Generated files are left out.
type figures struct {
	functions []sized // lines of each function outside tests, signature to brace; rising
	files     []sized // lines of each file outside tests; rising

	code, comments   int // lines outside tests; a line with code counts as code
	testCode         int // lines of code in tests
	exported, silent int // exported names outside tests; those without a comment
	examples         int // Example functions
}

// sized is a named number of lines.
type sized struct {
	name  string
	lines int
}

// measure reads every Go file below root, except those in hidden folders, in test data,
// and in build contexts, which hold copies of the sources.
func measure(root fs.FS) (*figures, error) {
	f := &figures{}
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); path != "." && (name[0] == '.' || name == "build" || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		return f.add(path, text)
	})
	f.sort()
	return f, err
}

// sort brings functions and files into the order of their lines.
func (f *figures) sort() {
	for _, list := range [][]sized{f.functions, f.files} {
		slices.SortFunc(list, func(a, b sized) int {
			return cmp.Or(cmp.Compare(a.lines, b.lines), cmp.Compare(a.name, b.name))
		})
	}
}

// add counts one file.
func (f *figures) add(path string, text []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments)
	if err != nil {
		return err
	}
	// The figures are of code that people read and maintain.
	if ast.IsGenerated(file) {
		return nil
	}
	code, comments := countLines(set, file, strings.Split(string(text), "\n"))
	if strings.HasSuffix(path, "_test.go") {
		f.testCode += code
		f.addExamples(file)
		return nil
	}
	f.code += code
	f.comments += comments
	f.files = append(f.files, sized{path, code + comments})
	f.addDeclarations(set, path, file)
	return nil
}

// countLines returns the lines with code and the lines that hold a comment alone.
// Blank lines count as neither. A line that ends a block comment and goes on with code
// counts as a comment.
func countLines(set *token.FileSet, file *ast.File, lines []string) (code, comments int) {
	comment := map[int]bool{}
	for _, group := range file.Comments {
		for _, c := range group.List {
			first, last := set.Position(c.Pos()), set.Position(c.End())
			for line := first.Line; line <= last.Line; line++ {
				// A comment behind code does not make its line a comment line.
				before := ""
				if line == first.Line {
					before = lines[line-1][:first.Column-1]
				}
				comment[line] = strings.TrimSpace(before) == ""
			}
		}
	}
	for i, line := range lines {
		switch {
		case strings.TrimSpace(line) == "":
		case comment[i+1]:
			comments++
		default:
			code++
		}
	}
	return code, comments
}

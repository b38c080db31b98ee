package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
)

// figures are the sizes of a tree of Go files. Generated files are left out.
type figures struct {
	functions []sized // lines of each function outside tests, signature to brace
	files     []sized // lines of each file outside tests

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

// measure reads every Go file below root, without hidden folders, build contexts
// and test data.
// Build contexts hold copies of the sources, which would count twice.
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
	return f, err
}

// add counts one file.
func (f *figures) add(path string, text []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments)
	if err != nil {
		return err
	}
	// The sizes are for code that people read and maintain.
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
// Blank lines count as neither.
// A line that ends a block comment and goes on with code counts as a comment.
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

// addExamples counts the runnable examples, which tests hold.
func (f *figures) addExamples(file *ast.File) {
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Example") {
			f.examples++
		}
	}
}

// addDeclarations counts the functions and the exported names of a file.
func (f *figures) addDeclarations(set *token.FileSet, path string, file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			lines := set.Position(d.End()).Line - set.Position(d.Pos()).Line + 1
			f.functions = append(f.functions, sized{path + " " + d.Name.Name, lines})
			// A method of an unexported type is not part of the documentation.
			if d.Name.IsExported() && ownerExported(d) {
				f.addExported(d.Doc != nil)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				f.addSpec(d, spec)
			}
		}
	}
}

// ownerExported reports whether a function has no receiver, or one of an exported type.
func ownerExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// addSpec counts a type, or the names of a constant or variable. The comment of a
// group documents everything in it.
func (f *figures) addSpec(group *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			f.addExported(group.Doc != nil || s.Doc != nil || s.Comment != nil)
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() {
				f.addExported(group.Doc != nil || s.Doc != nil || s.Comment != nil)
			}
		}
	}
}

// addExported counts one exported name.
func (f *figures) addExported(documented bool) {
	f.exported++
	if !documented {
		f.silent++
	}
}

// String is the report, with the largest functions and files by name.
func (f *figures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "functions        %5d, lines: p50 %d, p95 %d\n", len(f.functions), quantile(f.functions, 0.5), quantile(f.functions, 0.95))
	fmt.Fprintf(&b, "files            %5d, lines without blank ones: p95 %d\n", len(f.files), quantile(f.files, 0.95))
	fmt.Fprintf(&b, "lines outside tests: %d of code, %d of comments (%.1f %%)\n", f.code, f.comments, share(f.comments, f.code+f.comments))
	fmt.Fprintf(&b, "exported names   %5d, documented %.1f %%\n", f.exported, share(f.exported-f.silent, f.exported))
	fmt.Fprintf(&b, "lines of tests   %5d, %.2f of the code\n", f.testCode, float64(f.testCode)/float64(max(1, f.code)))
	fmt.Fprintf(&b, "examples         %5d\n", f.examples)
	// quantile has sorted both lists above.
	for _, list := range [][]sized{f.functions, f.files} {
		fmt.Fprintln(&b, "\nlargest:")
		for _, s := range list[max(0, len(list)-5):] {
			fmt.Fprintf(&b, "  %4d  %s\n", s.lines, s.name)
		}
	}
	return b.String()
}

// share returns a part in per cent, 0 of nothing.
func share(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }

// quantile sorts the list and returns the smallest number of lines that so large
// a share does not exceed, 0 for none.
// Of 100 sizes, p95 is the 96th in order: the index is int(q·n), counted from 0.
func quantile(list []sized, q float64) int {
	if len(list) == 0 {
		return 0
	}
	slices.SortFunc(list, func(a, b sized) int {
		return cmp.Or(cmp.Compare(a.lines, b.lines), cmp.Compare(a.name, b.name))
	})
	return list[min(len(list)-1, int(q*float64(len(list))))].lines
}

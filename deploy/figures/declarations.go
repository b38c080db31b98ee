package main

import (
	"go/ast"
	"go/token"
	"strings"
)

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
			if ownerExported(d) {
				f.addName(d.Name, d.Doc != nil)
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

// addSpec counts a type, or the constants or variables of one line. The comment of a
// group documents everything in it.
func (f *figures) addSpec(group *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		f.addName(s.Name, group.Doc != nil || s.Doc != nil || s.Comment != nil)
	case *ast.ValueSpec:
		for _, name := range s.Names {
			f.addName(name, group.Doc != nil || s.Doc != nil || s.Comment != nil)
		}
	}
}

// addName counts a name if it is exported.
func (f *figures) addName(name *ast.Ident, documented bool) {
	if !name.IsExported() {
		return
	}
	f.exported++
	if !documented {
		f.silent++
	}
}

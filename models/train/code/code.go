// Package code identifies the code that trains models, so that a training is not
// resumed, and a cached model not used, after the code has changed.
package code

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// sources returns the packages whose code a trained model depends on. Packages
// event and trace are left out: they carry the data, which is part of a key
// itself.
func sources() []string {
	return []string{"shared/forecast", "shared/forecast/feature", "models/train/fit", "shared/forest", "shared/modelfile", "shared/nn/adam", "shared/nn/dense", "shared/nn/lstm", "shared/series"}
}

// Of returns the identity of the code that trains, in the repository at root. It
// changes with every token of Go in the packages that a model depends on, but not
// with comments, layout and tests. An error wraps fs.ErrNotExist if root is not the
// repository.
func Of(root fs.FS) (string, error) {
	h := sha256.New()
	for _, dir := range sources() {
		if err := hashPackage(h, root, dir); err != nil {
			return "", fmt.Errorf("identify the code that trains: %w", err)
		}
	}
	// 8 of 32 bytes: enough to tell versions apart, short enough for a log line.
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// hashPackage writes the names and tokens of the files of a package to w.
func hashPackage(w io.Writer, root fs.FS, dir string) error {
	files, err := fs.ReadDir(root, dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		name := path.Join(dir, f.Name())
		if f.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		// The name separates the files: moving a declaration from one to another
		// changes the identity as well.
		fmt.Fprintln(w, name)
		if err := tokens(source, func(text string) { fmt.Fprintln(w, text) }); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// tokens calls each with every token of source, except comments and semicolons. A
// semicolon may stand for the end of a line, which is layout.
func tokens(source []byte, each func(text string)) error {
	var s scanner.Scanner
	var failed error
	file := token.NewFileSet()
	// Mode 0 leaves comments out.
	s.Init(file.AddFile("", -1, len(source)), source, func(at token.Position, text string) {
		failed = errors.Join(failed, fmt.Errorf("line %d: %s", at.Line, text))
	}, 0)
	for {
		_, kind, text := s.Scan()
		if kind == token.EOF {
			return failed
		}
		if kind != token.SEMICOLON {
			each(kind.String() + " " + text)
		}
	}
}

// At returns Of the repository at dir. If dir is another folder, it returns the
// identity of the running program instead: a hash of its file.
func At(dir string) (string, error) {
	code, err := Of(os.DirFS(dir))
	if !errors.Is(err, fs.ErrNotExist) {
		return code, err
	}
	// Outside of the repository the sources cannot be read. The program's own bytes
	// change with every build of other code, which errs on the safe side.
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(program)
	return hex.EncodeToString(sum[:8]), nil
}

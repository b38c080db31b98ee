package buildcontext

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Environment returns the variables that the image of f sets with ENV, from the Dockerfile of
// its template. Variables of the base image, such as PATH, are left out. A template without
// a Dockerfile sets none.
func (f Function) Environment(d Dirs) (map[string]string, error) {
	path := filepath.Join(d.template(), f.Spec.Language, "Dockerfile")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("environment of the image of %s: %w", f.Name, err)
	}
	env, err := parseEnvironment(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return env, nil
}

// parseEnvironment returns the variables of the ENV instructions in the last stage of a
// Dockerfile. It reads NAME=VALUE without quotes, escapes and references to other
// variables, and refuses the rest.
//
// Source: https://docs.docker.com/reference/dockerfile/#env
func parseEnvironment(dockerfile string) (map[string]string, error) {
	var texts []string // of the ENV instructions
	for _, line := range instructions(dockerfile) {
		name, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(name) {
		case "FROM":
			texts = nil // a new stage
		case "ENV":
			texts = append(texts, rest)
		}
	}
	return parsePairs(strings.Join(texts, " "))
}

// instructions returns the instructions of a Dockerfile, each in one line, without comments.
func instructions(dockerfile string) (all []string) {
	var b strings.Builder
	for line := range strings.Lines(dockerfile) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue // also between the lines of an instruction
		}
		part, more := strings.CutSuffix(line, `\`)
		b.WriteString(strings.TrimSpace(part) + " ")
		if !more {
			all = append(all, strings.TrimSpace(b.String()))
			b.Reset()
		}
	}
	return append(all, strings.TrimSpace(b.String()))
}

// parsePairs reads the pairs of ENV instructions. A later one takes precedence.
func parsePairs(text string) (map[string]string, error) {
	pairs := map[string]string{}
	for pair := range strings.FieldsSeq(text) {
		name, value, set := strings.Cut(pair, "=")
		if !set || name == "" || strings.ContainsAny(pair, "\"'\\$\x00") {
			return nil, fmt.Errorf("ENV must have pairs NAME=VALUE without quotes and references, was: %q", pair)
		}
		pairs[name] = value
	}
	return pairs, nil
}

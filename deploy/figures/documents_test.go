package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document is a Markdown file of the repository.
type document struct {
	path string // below the root of the repository
	text string
}

// documents returns all Markdown files. Folders that are made by builds and hidden
// ones are left out.
func documents(t *testing.T) []document {
	t.Helper()
	root := os.DirFS("../..")
	var all []document
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "build") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(root, path)
		all = append(all, document{path, string(text)})
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("found %d documents: %v", len(all), err)
	}
	return all
}

// link matches a Markdown link or picture.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// heading matches a heading, with its text.
var heading = regexp.MustCompile(`(?m)^#+ (.+)$`)

// anchors returns what links to the headings of a document have behind the #, as GitHub makes
// them: small letters, hyphens for spaces, no punctuation.
func anchors(text string) (all []string) {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		words := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(words, " ", "-"))
	}
	return all
}

func TestRelativeLinksLeadToFilesAndHeadings(t *testing.T) {
	for _, d := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(d.text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			text := d.text
			if target != "" {
				path := filepath.Join("../..", filepath.Dir(d.path), target)
				if _, err := os.Stat(path); err != nil {
					t.Errorf("%s links to %s: %v", d.path, m[1], err)
					continue
				}
				content, _ := os.ReadFile(path) // empty for a directory, which has no headings
				text = string(content)
			}
			if anchor != "" && !slices.Contains(anchors(text), anchor) {
				t.Errorf("%s links to %s, which is no heading there", d.path, m[1])
			}
		}
	}
}

// made matches a make target in a command of a document: at the begin of a line of
// code, or in backquotes.
var made = regexp.MustCompile("(?m)(?:^ {4,}|`)(?:[A-Z]+=\\S+ )*make ([a-z]+)")

func TestMakeTargetsExist(t *testing.T) {
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(string(text), -1) {
		targets = append(targets, m[1])
	}
	named := 0
	for _, d := range documents(t) {
		for _, m := range made.FindAllStringSubmatch(d.text, -1) {
			named++
			if !slices.Contains(targets, m[1]) {
				t.Errorf("%s names make %s, which the Makefile does not have", d.path, m[1])
			}
		}
	}
	if named == 0 {
		t.Error("no document names a make target")
	}
}

// longestCell bounds a table cell, so that it stays one line beside two others on a
// wide page.
const longestCell = 100

func TestTableCellsAreOneLine(t *testing.T) {
	for _, d := range documents(t) {
		for line := range strings.Lines(d.text) {
			if !strings.HasPrefix(line, "|") {
				continue
			}
			for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), " | ") {
				if n := len([]rune(strings.TrimSpace(link.ReplaceAllString(cell, "]")))); n > longestCell {
					t.Errorf("%s: a table cell has %d characters, at most %d are allowed: %.60s...", d.path, n, longestCell, cell)
				}
			}
		}
	}
}

// longestReadme bounds the lines of README.md: what it is, the two commands, install,
// one table of savings, links.
const longestReadme = 150

func TestReadmeIsShort(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > longestReadme {
		t.Errorf("README.md must have at most %d lines, had: %d", longestReadme, n)
	}
}

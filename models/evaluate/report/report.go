// Package report puts the results of an evaluation into files: one Markdown
// text, one JSON file with the figures behind it, and the plots as SVG.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"prewarm/shared/cli"
)

// Section is one part of a report. The zero value of each field but Name and
// Title leaves that part out.
type Section struct {
	Name  string // key in report.json and begin of its plots' file names: a-z, 0-9 and -
	Title string
	Text  string // Markdown below the title
	Data  any    // figures for report.json, anything that encoding/json takes
	Plots []Plot // shown below the text
}

// Plot is a picture of a section.
type Plot struct {
	Name    string                // of its file, after the section's: a-z, 0-9 and -
	Caption string                // one line
	Draw    func(io.Writer) error // writes an SVG document
}

// Report is the sections in order.
type Report struct {
	Title    string
	Text     string // Markdown below the title
	Sections []Section
}

// Markdown writes the report's text. Plots are linked as files beside it.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", r.Title)
	paragraph(&b, r.Text)
	for _, s := range r.Sections {
		fmt.Fprintf(&b, "\n## %s\n", s.Title)
		paragraph(&b, s.Text)
		for _, p := range s.Plots {
			fmt.Fprintf(&b, "\n![%s](%s)\n", p.Caption, s.file(p))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func paragraph(b *strings.Builder, text string) {
	if text = strings.TrimSpace(text); text != "" {
		fmt.Fprintf(b, "\n%s\n", text)
	}
}

// JSON writes one object with the data of each section under its name.
func (r *Report) JSON(w io.Writer) error {
	data := map[string]any{}
	for _, s := range r.Sections {
		if s.Data != nil {
			data[s.Name] = s.Data
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(data)
}

// Write writes report.md, report.json and SECTION-PLOT.svg into dir, which is
// made where it is missing. Each file is replaced as a whole.
func (r *Report) Write(dir string) error {
	if err := r.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, s := range r.Sections {
		for _, p := range s.Plots {
			if err := cli.WriteFile(filepath.Join(dir, s.file(p)), p.Draw); err != nil {
				return fmt.Errorf("report: section %s: %w", s.Name, err)
			}
		}
	}
	return errors.Join(
		cli.WriteFile(filepath.Join(dir, "report.json"), r.JSON),
		cli.WriteFile(filepath.Join(dir, "report.md"), r.Markdown),
	)
}

func (s Section) file(p Plot) string { return s.Name + "-" + p.Name + ".svg" }

// check refuses names that cannot be keys and files of their own.
func (r *Report) check() error {
	valid := regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	seen := map[string]bool{}
	for _, s := range r.Sections {
		names := []string{s.Name}
		for _, p := range s.Plots {
			names = append(names, s.file(p))
			if !valid.MatchString(p.Name) {
				return fmt.Errorf("report: name of a plot of section %q must have a-z, 0-9 and - only, was: %q", s.Name, p.Name)
			}
		}
		if !valid.MatchString(s.Name) {
			return fmt.Errorf("report: name of a section must have a-z, 0-9 and - only, was: %q", s.Name)
		}
		for _, name := range names {
			if seen[name] {
				return fmt.Errorf("report: two sections or plots are named %q", name)
			}
			seen[name] = true
		}
	}
	return nil
}

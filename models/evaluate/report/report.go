// Package report writes the results of an evaluation as files: report.md with
// the tables, report.json with the figures behind them, and one SVG file for each
// plot.
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

// Section is one part of a report. Every field but Name and Title may be left
// zero; the report then has no such part.
type Section struct {
	Name  string // key in report.json and prefix of its plots' file names: a-z, 0-9 and -
	Title string
	Text  string // Markdown below the title
	Data  any    // figures for report.json, anything that encoding/json encodes
	Plots []Plot // shown below the text
}

// Plot is a picture of a section.
type Plot struct {
	Name    string                // of its file, after the section's name: a-z, 0-9 and -
	Caption string                // one line
	Draw    func(io.Writer) error // writes an SVG document
}

// Report is a document of sections in order.
type Report struct {
	Title    string
	Text     string // Markdown below the title
	Sections []Section
}

// Markdown writes the report as Markdown. Plots are linked as files in the same
// directory.
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

// paragraph writes text after an empty line, and nothing if text is blank.
func paragraph(b *strings.Builder, text string) {
	if text = strings.TrimSpace(text); text != "" {
		fmt.Fprintf(b, "\n%s\n", text)
	}
}

// JSON writes one object that has the data of each section under its name.
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
// created if it does not exist. Each file is replaced as a whole, so that a
// reader never sees half of one. The plots are written first: a report never
// links to a plot that could not be drawn.
func (r *Report) Write(dir string) error {
	if err := r.checkNames(); err != nil {
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

// file returns the file name of a plot.
func (s Section) file(p Plot) string { return s.Name + "-" + p.Name + ".svg" }

// checkNames returns an error if a name could leave the report's directory or would
// need quoting in a link, or if two sections or plots have the same name. The name
// of a plot is checked with that of its section before it, as in its file name.
func (r *Report) checkNames() error {
	valid := regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	seen := map[string]bool{}
	for _, s := range r.Sections {
		names := []string{s.Name}
		for _, p := range s.Plots {
			names = append(names, s.Name+"-"+p.Name)
		}
		for _, name := range names {
			if !valid.MatchString(name) {
				return fmt.Errorf("report: names of sections and plots must consist of a-z, 0-9 and -, was: %q", name)
			}
			if seen[name] {
				return fmt.Errorf("report: two sections or plots are named %q", name)
			}
			seen[name] = true
		}
	}
	return nil
}

package connector

import (
	"fmt"
	"os"
	"strings"
)

// secretFiles reads secrets from files and collects the errors, which name the key, the
// file and never its content.
type secretFiles struct {
	getenv func(string) string
	errs   []error
}

// valueOr returns the value of key or, if that is empty, the content of the file
// that fileKey names.
func (s *secretFiles) valueOr(key, fileKey string) string {
	if value := s.getenv(key); value != "" {
		return value
	}
	if path := strings.TrimSpace(s.getenv(fileKey)); path != "" {
		return s.read(fileKey, path)
	}
	return ""
}

// read returns the content of a file, which key asks for, without surrounding white space.
// A missing or empty file is an error.
func (s *secretFiles) read(key, path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		s.errs = append(s.errs, fmt.Errorf("%s: secret file: %w", key, err))
		return ""
	}
	value := strings.TrimSpace(string(content))
	if value == "" {
		s.errs = append(s.errs, fmt.Errorf("%s: secret file %s must not be empty", key, path))
	}
	return value
}

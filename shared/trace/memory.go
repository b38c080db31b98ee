package trace

import (
	"bytes"
	"io/fs"
	"time"
)

// memory is a file system with one file, which was read from a stream: the first rows
// of a file are read twice.
type memory struct {
	name    string
	content []byte
}

// Open implements fs.FS.
func (m memory) Open(name string) (fs.File, error) {
	if name != m.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return memoryFile{bytes.NewReader(m.content), m}, nil
}

// memoryFile is its file, opened.
type memoryFile struct {
	*bytes.Reader
	memory memory
}

// Stat implements fs.File.
func (f memoryFile) Stat() (fs.FileInfo, error) { return memoryInfo{f.Reader, f.memory.name}, nil }

// Close implements fs.File.
func (memoryFile) Close() error { return nil }

// memoryInfo describes the file. Its size is that of the reader.
type memoryInfo struct {
	*bytes.Reader
	name string
}

func (i memoryInfo) Name() string     { return i.name }
func (memoryInfo) Mode() fs.FileMode  { return 0o444 }
func (memoryInfo) ModTime() time.Time { return time.Time{} }
func (memoryInfo) IsDir() bool        { return false }
func (memoryInfo) Sys() any           { return nil }

package fit

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Store stores one checkpoint. Load returns an error that wraps fs.ErrNotExist if
// there is none.
type Store interface {
	Load() ([]byte, error)
	Save(data []byte) error
}

// File is a Store in the file of that name, which is replaced atomically. A
// checkpoint is trusted: it is not checked as a model file is.
type File string

// Load reads the file.
func (f File) Load() ([]byte, error) { return os.ReadFile(string(f)) }

// Save writes the file, and its directory if that is missing.
func (f File) Save(data []byte) error {
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o755); err != nil {
		return err
	}
	// The temporary file lies in the same directory, because a rename is atomic
	// within one file system only.
	return renameio.WriteFile(string(f), data, 0o666, renameio.WithTempDir(filepath.Dir(string(f))))
}

// checkpoint holds the state of the LSTMs whose training has begun.
type checkpoint struct {
	Fingerprint uint64                   // of the training
	Stages      map[string]*networkState // by the name of the stage
}

// resume returns the checkpoint of the training with the given fingerprint, or an
// empty one if there is none or that of another training. A checkpoint that cannot
// be read is an error: it may hold much work, and the user decides to remove
// it.
func resume(store Store, fingerprint uint64) (*checkpoint, error) {
	empty := &checkpoint{Fingerprint: fingerprint, Stages: map[string]*networkState{}}
	data, err := store.Load()
	if errors.Is(err, fs.ErrNotExist) {
		return empty, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fit: read checkpoint: %w", err)
	}
	var ck checkpoint
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&ck); err != nil {
		return nil, fmt.Errorf("fit: decode checkpoint: %w", err)
	}
	if ck.Fingerprint != fingerprint || ck.Stages == nil {
		return empty, nil
	}
	return &ck, nil
}

// save writes the checkpoint to store.
func (c *checkpoint) save(store Store) error {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(c); err != nil {
		return fmt.Errorf("fit: encode checkpoint: %w", err)
	}
	if err := store.Save(buf.Bytes()); err != nil {
		return fmt.Errorf("fit: save checkpoint: %w", err)
	}
	return nil
}

// stage returns the state of a stage, a fresh one if the checkpoint holds none of
// the right shape.
func (c *checkpoint) stage(o Options, name string) *networkState {
	s, size := c.Stages[name], o.shape().Size()
	// The fingerprint implies the shape. The check guards against a damaged file, on
	// which the training would panic.
	if s == nil || s.Adam == nil || len(s.Params) != size || len(s.Adam.M) != size || len(s.Adam.V) != size {
		s = o.fresh(name)
		c.Stages[name] = s
	}
	return s
}

// fingerprint identifies what the LSTMs depend on: code, options and data.
func (o Options) fingerprint(tasks []Task) uint64 {
	h, groupOf := fnv.New64a(), orDefault(o.Split)
	// Options of the parts after the LSTMs are left out on purpose: changing them
	// keeps the LSTMs, which take most of the time.
	fmt.Fprintln(h, o.Code, o.Seed, o.shape(), readouts(), o.Updates, o.Rate, o.Timers)
	for _, t := range tasks {
		fmt.Fprintln(h, groupOf(t.Owner), t.Owner, t.Name, t.Phase, len(t.Counts))
		// A hash never returns an error, and int32 has a fixed size: the result
		// needs no check.
		binary.Write(h, binary.LittleEndian, t.Counts)
	}
	return h.Sum64()
}

package rival

import (
	"errors"
	"fmt"
	"io"

	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
)

// BoostedFolds is the number of folds over the owners of functions. A model has one forest
// for each fold, trained on the owners of the other folds alone.
const BoostedFolds = 5

// BoostedModel has boosted trees that read the rows of BoostedPasts and predict the logit
// of a call in the next minute.
type BoostedModel struct {
	Folds   [BoostedFolds]*forest.Forest
	version string
}

// Version returns the begin of the SHA-256 of the file that the model was loaded from, "" if
// it was not loaded.
func (m *BoostedModel) Version() string { return m.version }

// ErrNoBoostedModel means an empty file.
var ErrNoBoostedModel = errors.New("rival: no boosted trees; train them: go run ./models/train -boosted -out DIR")

// boostedFormat returns the format of the file: a section for each fold.
func boostedFormat() modelfile.Format {
	f := modelfile.Format{Name: "boosted", Version: 1, MaxBytes: 1 << 20}
	for k := range BoostedFolds {
		f.Sections = append(f.Sections, fmt.Sprintf("fold-%d", k+1))
	}
	return f
}

// SaveBoosted writes the model.
func SaveBoosted(w io.Writer, m *BoostedModel) error {
	var sections [][]byte
	for _, trees := range m.Folds {
		sections = append(sections, forest.Encode(trees))
	}
	return boostedFormat().Write(w, sections...)
}

// LoadBoosted reads what SaveBoosted wrote, from trusted and untrusted sources alike. An
// error that the bytes cause wraps modelfile.ErrFormat, but that of an empty file is
// ErrNoBoostedModel.
func LoadBoosted(r io.Reader) (*BoostedModel, error) {
	sections, version, err := boostedFormat().Read(r)
	if errors.Is(err, modelfile.ErrEmpty) {
		return nil, ErrNoBoostedModel
	}
	if err != nil {
		return nil, err
	}
	m := &BoostedModel{version: version}
	for k, section := range sections {
		trees, err := forest.Decode(section)
		if err != nil {
			return nil, err
		}
		if trees.Features() != BoostedColumns || trees.Outputs() != 1 {
			return nil, fmt.Errorf("%w: fold %d must have %d features and 1 output, had: %d and %d",
				modelfile.ErrFormat, k+1, BoostedColumns, trees.Features(), trees.Outputs())
		}
		m.Folds[k] = trees
	}
	return m, nil
}

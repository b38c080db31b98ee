package openfaas

import (
	"errors"
	"fmt"
	"strconv"

	"prewarm/shared/config"
)

// Annotations that replace the labels of OpenFaaS for prewarm alone. OpenFaaS' own
// controllers do not read them.
const (
	AnnotationZero = "prewarm.zero" // true or false: prewarm may scale to zero, default LabelZero
	AnnotationMin  = "prewarm.min"  // fewest replicas while there are any, default LabelMin
	AnnotationMax  = "prewarm.max"  // most replicas, default LabelMax
)

// Labels of OpenFaaS that bound the replicas of a function.
const (
	LabelMin  = "com.openfaas.scale.min"
	LabelMax  = "com.openfaas.scale.max"
	LabelZero = "com.openfaas.scale.zero"
)

// Defaults and bounds of the replicas in labels and annotations.
const (
	defaultMin  = 1  // of LabelMin, documented by OpenFaaS
	defaultMax  = 20 // of LabelMax, documented by OpenFaaS
	maxReplicas = 10000
)

// Bounds are the least and the most replicas of a function.
type Bounds struct {
	Min       int // 0 if the function may scale to zero, else MinActive
	MinActive int // the least while there are any, at least 1
	Max       int // at least MinActive
}

// LabelBounds returns the bounds by the labels, to which OpenFaaS' own controllers keep,
// with the defaults of OpenFaaS for labels that are absent or in error. A LabelMin of 0
// counts as 1, as in OpenFaaS: only LabelZero lets a function scale to zero.
func (f Function) LabelBounds() (Bounds, error) {
	r := f.labels()
	b := Bounds{MinActive: max(defaultMin, r.Int(LabelMin, defaultMin, 0, maxReplicas))}
	b.Max = r.Int(LabelMax, max(defaultMax, b.MinActive), b.MinActive, maxReplicas)
	b.Min = b.MinActive
	if zero, err := strconv.ParseBool(f.Labels[LabelZero]); err == nil && zero {
		b.Min = 0
	}
	return b, r.Err()
}

// Bounds returns the bounds to which prewarm keeps: those of LabelBounds, or of the
// annotations that replace them. An AnnotationMin of 0 counts as 1, as the label does: only
// AnnotationZero or LabelZero lets prewarm scale to zero. Without an AnnotationMax, an
// AnnotationMin above LabelMax raises the most; an AnnotationMax below the least is an
// error. The error about an annotation also states the labels.
func (f Function) Bounds() (Bounds, error) {
	labels, labelsErr := f.LabelBounds()
	r := f.annotations()
	b := Bounds{MinActive: max(1, r.Int(AnnotationMin, labels.MinActive, 0, maxReplicas))}
	b.Max = r.Int(AnnotationMax, max(labels.Max, b.MinActive), b.MinActive, maxReplicas)
	b.Min = b.MinActive
	if r.Bool(AnnotationZero, labels.Min == 0) {
		b.Min = 0
	}
	err := r.Err()
	if err != nil {
		err = fmt.Errorf("%w (%s is %d, %s is %d)", err, LabelMin, labels.MinActive, LabelMax, labels.Max)
	}
	return b, errors.Join(labelsErr, err)
}

func (f Function) labels() *config.Reader {
	return config.NewReader(func(key string) string { return f.Labels[key] })
}

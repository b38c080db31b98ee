package openfaas

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/openfaas/faas-provider/types"
)

// memoryOf returns the memory of a replica in bytes: the limit of the function, else its
// request, else 0.
func memoryOf(s types.FunctionStatus) int64 {
	return cmp.Or(resourceMemory(s.Limits), resourceMemory(s.Requests))
}

// MedianMemory returns the median memory of a replica of the functions that are not off, for
// those whose own is unknown; the lower one of two. def is the mode of functions without an
// annotation. It is 0 if the memory of none is known. The suite itself, which is off, does not
// count: it is unlike the functions of its users.
func MedianMemory(functions []Function, def Mode) int64 {
	var known []int64
	for _, f := range functions {
		if mode, _ := f.Mode(def); mode != ModeOff && f.MemoryBytes > 0 {
			known = append(known, f.MemoryBytes)
		}
	}
	if len(known) == 0 {
		return 0
	}
	slices.Sort(known)
	return known[(len(known)-1)/2]
}

func resourceMemory(r *types.FunctionResources) int64 {
	if r == nil {
		return 0
	}
	return ParseMemory(r.Memory)
}

// maxMemory bounds a memory that is believed: one pebibyte.
const maxMemory = 1 << 50

// ParseMemory returns the bytes of a quantity such as 128Mi, 0.5Gi, 64M or 1e9, 0 if it
// is not one or not positive. The suffix m, thousandths of a byte, is not one: whoever
// writes it means something else.
//
// Source: Kubernetes, "Quantity", package k8s.io/apimachinery/pkg/api/resource.
func ParseMemory(text string) int64 {
	text = strings.TrimSpace(text)
	scale := 1.0
	for suffix, factor := range memorySuffixes() {
		if number, found := strings.CutSuffix(text, suffix); found {
			text, scale = number, factor
			break
		}
	}
	// ParseFloat reads hexadecimal numbers, infinities and underscores as well.
	if strings.Trim(text, "0123456789.eE+-") != "" {
		return 0
	}
	number, err := strconv.ParseFloat(text, 64)
	if bytes := math.Round(number * scale); err == nil && bytes >= 1 && bytes <= maxMemory {
		return int64(bytes)
	}
	return 0
}

// memorySuffixes returns the bytes of each unit. No unit is the end of another one.
func memorySuffixes() map[string]float64 {
	return map[string]float64{
		"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
		"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
	}
}

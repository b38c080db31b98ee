package main

import (
	"slices"
	"testing"
)

func TestALongCurveHasEveryThirdLabel(t *testing.T) {
	labels := []string{"1", "2", "3", "4", "5", "6", "7"}
	thin(labels)
	if want := []string{"", "2", "", "", "5", "", ""}; !slices.Equal(labels, want) {
		t.Errorf("labels are %q; want %q", labels, want)
	}
	labels = []string{"1", "2", "3", "4", "5", "6"}
	thin(labels)
	if slices.Contains(labels, "") {
		t.Errorf("labels are %q; want all of them", labels)
	}
}

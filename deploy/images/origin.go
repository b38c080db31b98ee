package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// origin returns the commit of the sources in dir, and the time that images say they were
// created: epoch in seconds if it is set, otherwise that of the commit. With changes that are
// not committed, and without git, the commit is "" and the time is 1 January 1970: a clock
// would give each build other bytes.
//
// Source: https://reproducible-builds.org/docs/source-date-epoch/
func origin(dir, epoch string) (commit string, created time.Time, err error) {
	commit, created = head(dir)
	if epoch == "" {
		return commit, created, nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil || seconds < 0 || seconds > latest {
		return "", time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH must be seconds from 0 to %d, was: %q", latest, epoch)
	}
	return commit, time.Unix(seconds, 0).UTC(), nil
}

// latest is the last second that RFC 3339, the form of times in an image, can express.
const latest = 253402300799

// head returns the commit that is checked out in dir without changes, and its time.
func head(dir string) (string, time.Time) {
	unknown := time.Unix(0, 0).UTC()
	status, err := git(dir, "status", "--porcelain")
	if err != nil || status != "" {
		return "", unknown
	}
	line, err := git(dir, "log", "-1", "--format=%H %ct")
	commit, at, _ := strings.Cut(line, " ")
	seconds, invalid := strconv.ParseInt(at, 10, 64)
	if err != nil || invalid != nil {
		return "", unknown
	}
	return commit, time.Unix(seconds, 0).UTC()
}

// git returns the output of a git command in dir.
func git(dir string, args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
	return strings.TrimSpace(string(out)), err
}

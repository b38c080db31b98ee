//go:build !unix

package buildcontext

import "context"

// lock does nothing where there is no flock: builds in one directory must then
// not run at the same time.
func lock(context.Context, string) (unlock func(), err error) { return func() {}, nil }

package main

import (
	"context"

	"prewarm/models/evaluate/audit"
	"prewarm/models/evaluate/report"
)

// auditSeed is that of the networks, forests and draws of the audit.
const auditSeed = 1

// auditClaims runs what others have published with and without its leaks.
func auditClaims(ctx context.Context, st *study) ([]report.Section, error) {
	r, err := audit.Run(ctx, st.settings.traces, auditSeed, st.log)
	if err != nil {
		return nil, err
	}
	return []report.Section{r.Section()}, nil
}

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"prewarm/deploy/replay/scrape"
	"prewarm/shared/cli"
)

// saveDecisions writes every decision of the suite to a CSV file, as the dashboard
// exports them: with reason and inputs.
// The gateway asks for no credentials at /function.
func saveDecisions(ctx context.Context, gatewayURL, path string) error {
	body, err := scrape.Get(ctx, http.DefaultClient, gatewayURL+"/function/dashboard/api/decisions.csv")
	if err != nil {
		return fmt.Errorf("decisions: %w", err)
	}
	defer body.Close()
	return cli.WriteFile(path, func(out io.Writer) error {
		_, err := io.Copy(out, body)
		return err
	})
}

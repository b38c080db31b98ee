package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"prewarm/shared/atomicfile"
)

// saveDecisions writes every decision of the suite, with all that it rests on, to
// a CSV file: what the dashboard of the gateway exports.
func saveDecisions(ctx context.Context, gatewayURL, path string) error {
	address := gatewayURL + "/function/dashboard/api/decisions.csv"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("decisions: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("decisions: %s answered %s", address, response.Status)
	}
	return atomicfile.Write(path, func(out io.Writer) error {
		_, err := io.Copy(out, response.Body)
		return err
	})
}

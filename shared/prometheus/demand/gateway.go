package demand

import (
	"context"
	"fmt"
	"net/http"

	"prewarm/shared/config"
)

// Gateway reads the page of metrics of a gateway. It is safe for concurrent use.
type Gateway struct {
	url  string
	http *http.Client
}

// keyPage is the prefix of the key of the page's address in errors.
const keyPage = "gateway_metrics"

// NewGateway returns a reader of the page at url. Of several gateways behind one address it
// reads the one that answers, which Reading.Process tells; each read has a connection of its own. Only the context of a read bounds
// its time.
func NewGateway(url string) *Gateway {
	client := config.HTTPClient(keyPage, url, nil)
	return &Gateway{url: url, http: client}
}

// Read returns what the page shows. The page is asked for uncompressed: within a cluster, the bytes cost
// less than the time that a gateway takes to compress them.
func (g *Gateway) Read(ctx context.Context) (Reading, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.url, nil)
	if err != nil {
		return Reading{}, err
	}
	req.Close = true // the next read may meet another gateway
	req.Header.Set("Accept", "text/plain;version=0.0.4")
	req.Header.Set("Accept-Encoding", "identity")
	res, err := g.http.Do(req)
	if err != nil {
		return Reading{}, fmt.Errorf("read %s_url: %w", keyPage, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return Reading{}, fmt.Errorf("read %s_url: %w: status must be 200, was: %d", keyPage, ErrPage, res.StatusCode)
	}
	r, err := readPage(res.Body)
	if err != nil {
		return Reading{}, fmt.Errorf("read %s_url: %w", keyPage, err)
	}
	return r, nil
}

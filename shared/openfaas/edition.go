package openfaas

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	sdk "github.com/openfaas/go-sdk"

	"prewarm/shared/config"
)

// Edition is the edition of OpenFaaS behind a gateway. It tells who scales beside prewarm.
type Edition string

// Editions of OpenFaaS.
const (
	EditionUnknown Edition = ""         // its controllers are not known
	Community      Edition = "ce"       // faas-netes CE: AlertManager; 1 to 5 replicas
	Standard       Edition = "standard" // OpenFaaS Standard and for Enterprises: autoscaler and idler
	Edge           Edition = "edge"     // faasd: one replica, and the idler of OpenFaaS Edge
)

// editionAuto is the value of openfaas_edition that asks the gateway.
const editionAuto = "auto"

// readEdition reads openfaas_edition: auto, ce, standard or edge. It is EditionUnknown for
// auto.
func readEdition(r *config.Reader) Edition {
	text := r.OneOf("openfaas_edition", editionAuto, string(Community), string(Standard), string(Edge))
	if text == editionAuto {
		return EditionUnknown
	}
	return Edition(text)
}

// editionAge is how long an answer about the edition counts. A gateway is upgraded seldom,
// and each batch of the scaler asks.
const editionAge = 10 * time.Minute

// editionRetry is how long a gateway that did not answer in time is not asked again. A batch
// waits for the answer, and there are many of them in a step.
const editionRetry = time.Minute

// edition is the answer of a gateway about its edition. It is safe for concurrent use.
type edition struct {
	mu    sync.Mutex
	known Edition
	at    time.Time // of the answer
}

// Edition returns the edition of Config, or else the one that the gateway answers to GET
// /system/info, which is asked every ten minutes. With an error it is the last one known.
// A gateway without that path has an unknown edition. After one that did not answer in time,
// the last one known is returned without asking for a minute.
func (c *Client) Edition(ctx context.Context) (Edition, error) {
	if c.cfg.Edition != EditionUnknown {
		return c.cfg.Edition, nil
	}
	c.edition.mu.Lock()
	defer c.edition.mu.Unlock()
	if !c.edition.at.IsZero() && time.Since(c.edition.at) < editionAge {
		return c.edition.known, nil
	}
	var info sdk.SystemInfo
	err := c.call(ctx, func(ctx context.Context) (err error) {
		info, err = c.sdk.GetInfo(ctx)
		return err
	})
	if errors.Is(err, ErrTimeout) {
		c.edition.at = time.Now().Add(editionRetry - editionAge)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return c.edition.known, fmt.Errorf("edition of the gateway: %w", err)
	}
	c.edition.known, c.edition.at = editionOf(info.Provider), time.Now()
	return c.edition.known, nil
}

// editionOf recognises an edition by its provider:
//
//	faas-netes-ce  kubernetes  Community, since 2023
//	faas-netes     kubernetes  Standard; also the community edition before 2023
//	faasd-ce       containerd  Edge: faasd CE has no controllers, and its functions no label scale.zero
//	faasd          containerd  Edge
//
// The first and the third are in the sources of the two providers. The names of the paid
// editions are not documented: any provider on Kubernetes whose name does not end in -ce
// counts as Standard. Others, such as Docker Swarm, are unknown.
func editionOf(p sdk.Provider) Edition {
	switch {
	case p.Orchestration == "containerd":
		return Edge
	case strings.HasSuffix(p.Provider, "-ce"):
		return Community
	case p.Orchestration == "kubernetes":
		return Standard
	}
	return EditionUnknown
}

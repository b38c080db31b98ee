// Package doctor finds what keeps prewarm from working: it asks gateway, dashboard, store and
// NATS, and says what to do about each finding.
//
//	gateway.go     address and password of the gateway
//	edition.go     the edition, and who else scales
//	suite.go       the functions of the suite, and their secrets
//	dashboard.go   what the dashboard has noticed
//	cron.go        whether cron calls the collector
//	store.go       the store: reachable, its metrics, its lag
//	alerting.go    whether AlertManager scales
//	nats.go        NATS and the streams of the chain
//	keys.go        the keys that sign the messages
//	clocks.go      clocks that are apart
package doctor

import (
	"context"
	"time"

	"prewarm/deploy/prewarm/access"
	"prewarm/deploy/prewarm/api"
	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
)

// Level is how bad a line is.
type Level string

// Levels.
const (
	OK      Level = "ok"
	Warning Level = "warning" // works, or may not work later
	Finding Level = "finding" // does not work
	Skipped Level = "skipped" // not looked at
)

// Line is the result of one check.
type Line struct {
	Check string `json:"check"` // what was looked at, such as gateway
	Level Level  `json:"level"`
	Text  string `json:"text"`
	Do    string `json:"do,omitempty"` // what to do, empty if nothing
}

// Config of an examination.
type Config struct {
	Access  access.Config
	Edition openfaas.Edition // EditionUnknown to ask the gateway
	Store   *prom.Config     // nil to leave the store out
	NATS    *bus.Config      // nil to leave NATS out
	Keys    event.Keys       // none to leave the signatures out
	Timeout time.Duration    // of one question
	Now     func() time.Time
}

// doctor is one examination: what is known so far.
type doctor struct {
	cfg    Config
	report func(Line)

	step      time.Duration // of the chain
	functions []function    // nil if the gateway did not list them
	edition   openfaas.Edition
	client    *api.Client
	setBacks  []api.Row // functions that other controllers set back
	noNATS    bool      // the dashboard says that NATS does not answer
	clocks    []clock
}

// Run makes all checks and reports each line as soon as it is known. It ends early with the
// error of ctx.
func Run(ctx context.Context, cfg Config, report func(Line)) error {
	d := &doctor{cfg: cfg, report: report, step: time.Minute, client: api.New(cfg.Access)}
	for _, check := range []func(context.Context){
		d.checkGateway, d.checkSuite, d.checkDashboard, d.checkStore, d.checkControllers, d.checkNATS, d.checkCron, d.checkClocks,
	} {
		bounded, cancel := context.WithTimeout(ctx, cfg.Timeout)
		check(bounded)
		cancel()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (d *doctor) ok(check, text string)       { d.report(Line{check, OK, text, ""}) }
func (d *doctor) warn(check, text, do string) { d.report(Line{check, Warning, text, do}) }
func (d *doctor) find(check, text, do string) { d.report(Line{check, Finding, text, do}) }
func (d *doctor) skip(check, text, do string) { d.report(Line{check, Skipped, text, do}) }

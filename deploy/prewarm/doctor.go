package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prewarm/deploy/prewarm/access"
	"prewarm/deploy/prewarm/doctor"
	"prewarm/deploy/prewarm/text"
	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	prom "prewarm/shared/prometheus"
)

// doctor returns the subcommand that finds what keeps prewarm from working.
func (p *program) doctor() *cobra.Command {
	var store, nats string
	cmd := &cobra.Command{
		Use: "doctor", Short: "Find what keeps prewarm from working, and say what to do",
		Long: "Ask gateway, dashboard, store and NATS, and print a line for each check, with what to do. The exit code is 1 if something does not work. Without --store and --nats (or prometheus_url and nats_url) these are not asked.",
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&store, "store", "", "`URL` of the Prometheus that the functions read; or prometheus_url")
	cmd.Flags().StringVar(&nats, "nats", "", "`URL` of NATS; or nats_url")
	cmd.RunE = p.work(func(cmd *cobra.Command, _ []string) error {
		cfg, err := p.doctorConfig(overlay(p.env, map[string]string{"prometheus_url": store, "nats_url": nats}))
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return p.examine(cmd.Context(), cfg)
	})
	return cmd
}

// doctorTimeout bounds one question of doctor, if the flag timeout allows more.
const doctorTimeout = 10 * time.Second

// doctorConfig reads where gateway, store and NATS are, by the keys of the functions.
func (p *program) doctorConfig(getenv func(string) string) (doctor.Config, error) {
	r := config.NewReader(getenv)
	cfg := doctor.Config{
		Access: access.Read(r, getenv), Timeout: min(p.flags.timeout, doctorTimeout), Now: p.now,
		Edition: openfaas.Edition(strings.TrimPrefix(r.OneOf("openfaas_edition", "auto", "ce", "standard", "edge"), "auto")),
	}
	if strings.TrimSpace(getenv("prometheus_url")) != "" {
		store := prom.ReadConfig(r)
		cfg.Store = &store
	}
	if strings.TrimSpace(getenv("nats_url")) != "" {
		nats := bus.ReadConfig(r)
		nats.Timeout = min(nats.Timeout, cfg.Timeout)
		cfg.NATS = &nats
	}
	if keys := access.Secret(r, getenv, event.KeySecret); keys != "" {
		var err error
		if cfg.Keys, err = parseKeys(getenv("cluster"), keys); err != nil {
			return cfg, err
		}
	}
	return cfg, r.Err()
}

// parseKeys returns the keys of a secret, one per line.
func parseKeys(cluster, secret string) (event.Keys, error) {
	var keys [][]byte
	for i, line := range strings.Split(secret, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if len(line) < event.MinKey {
			return event.Keys{}, fmt.Errorf("secret %s, line %d must have at least %d bytes, had: %d", event.KeySecret, i+1, event.MinKey, len(line))
		}
		keys = append(keys, []byte(line))
	}
	if len(keys) == 0 || len(keys) > event.MaxKeys {
		return event.Keys{}, fmt.Errorf("secret %s must have 1 to %d keys, one per line, had: %d", event.KeySecret, event.MaxKeys, len(keys))
	}
	return event.NewKeys(cluster, keys...), nil
}

// examine runs the checks. Lines of a table are printed as soon as they are known, which shows
// the progress.
func (p *program) examine(ctx context.Context, cfg doctor.Config) error {
	lines := []doctor.Line{}
	findings := 0
	err := doctor.Run(ctx, cfg, func(l doctor.Line) {
		lines = append(lines, l)
		if l.Level == doctor.Finding {
			findings++
		}
		if p.flags.output == outputTable {
			p.showLine(l)
		}
	})
	if err != nil {
		return err
	}
	if p.flags.output == outputJSON {
		if err := text.JSON(p.out, map[string]any{"findings": findings, "lines": lines}); err != nil {
			return err
		}
	}
	if findings > 0 {
		return errFindings
	}
	return nil
}

// showLine prints one line, and what to do below it.
func (p *program) showLine(l doctor.Line) {
	level := string(l.Level)
	if l.Level == doctor.Finding {
		level = strings.ToUpper(level)
	}
	p.line("%-8s %-14s %s", level, l.Check, l.Text)
	if l.Do != "" {
		p.line("%24s%s", "do: ", l.Do)
	}
}

//go:build unix

package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"prewarm/deploy/local/cron"
	"prewarm/deploy/local/process"
)

// startConnector starts the JetStream connector with its defaults.
func (c *chain) startConnector(ctx context.Context) error {
	program, env, err := c.platform.ConnectorProgram(ctx)
	if err != nil {
		return err
	}
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	cmd := exec.Command(program)
	cmd.Env = append(append(os.Environ(), env...), "nats_url="+c.platform.NATSURL(), "gateway_url="+c.as("connector"),
		fmt.Sprintf("listen=127.0.0.1:%d", port), "log_level=warn")
	cmd.Stdout, cmd.Stderr = c.output, c.output
	c.connector, err = c.launcher.Start(cmd)
	return err
}

// cronInterval is how often cron lists the functions, as the cron-connector does by default.
const cronInterval = 10 * time.Second

func (c *chain) startCron(ctx context.Context) error {
	ticks, err := cron.New(cron.Options{GatewayURL: c.as("cron"), Username: c.platform.User(), Password: c.platform.Password(), Interval: cronInterval, Logger: c.log})
	if err != nil {
		return err
	}
	c.began = time.Now()
	c.running.Go(func() { _ = ticks.Run(ctx) })
	return nil
}

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prewarm/deploy/prewarm/access"
	"prewarm/deploy/prewarm/api"
	"prewarm/deploy/prewarm/text"
	"prewarm/shared/config"
)

// flags are those of all subcommands. Each replaces the key in its comment.
type flags struct {
	gateway   string // gateway_url
	user      string // gateway_user
	dashboard string // dashboard_url
	secrets   string // secrets_dir
	output    string // table or json
	timeout   time.Duration
}

// Values of the flag output.
const (
	outputTable = "table"
	outputJSON  = "json"
)

// command returns the command with its subcommands.
func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use: "prewarm", Short: "Look at prewarm and steer it",
		Long:          "Look at prewarm and steer it, through the OpenFaaS gateway.\n\nExit codes: 0 fine, 1 an error or findings, 2 wrong arguments, 130 interrupted.",
		SilenceErrors: true, SilenceUsage: true, // main prints the error once
	}
	root.SetOut(p.out)
	root.SetErr(p.log)
	f := root.PersistentFlags()
	f.StringVarP(&p.flags.gateway, "gateway", "g", "", "`URL` of the gateway; or OPENFAAS_URL; http://127.0.0.1:8080")
	f.StringVar(&p.flags.user, "user", "", "`name` of the gateway's user; admin, or the one of faas-cli login")
	f.StringVar(&p.flags.dashboard, "dashboard", "", "`URL` of the dashboard, if it is not below the gateway")
	f.StringVar(&p.flags.secrets, "secrets", "", "`directory` with a file for each secret, such as prewarm-gateway-password")
	f.StringVarP(&p.flags.output, "output", "o", outputTable, "`form` of the answer: table or json")
	f.DurationVar(&p.flags.timeout, "timeout", 30*time.Second, "`time` for an answer")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{outputTable, outputJSON}, cobra.ShellCompDirectiveNoFileComp))
	root.AddCommand(
		p.status(), p.explain(), p.savings(), p.mode(),
		p.pause("pause", "Stop all scaling by prewarm", true), p.pause("resume", "End the pause", false),
		p.forecast(), p.backtest(), p.doctor(),
	)
	return root
}

// work returns the function of a subcommand that begins with the flags checked.
func (p *program) work(do func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if !slices.Contains([]string{outputTable, outputJSON}, p.flags.output) {
			return fmt.Errorf("--output must be table or json, was: %.40q", p.flags.output)
		}
		if p.flags.timeout < time.Millisecond || p.flags.timeout > time.Hour {
			return fmt.Errorf("--timeout must be between 1ms and 1h, was: %v", p.flags.timeout)
		}
		p.started = true
		return do(cmd, args)
	}
}

// env returns the value of a key: that of a flag, or else that of the environment.
func (p *program) env(key string) string {
	flag := map[string]string{
		"gateway_url": p.flags.gateway, "gateway_user": p.flags.user, "dashboard_url": p.flags.dashboard, "secrets_dir": p.flags.secrets,
	}[key]
	if flag != "" {
		return flag
	}
	return p.getenv(key)
}

// client returns a client of the dashboard.
func (p *program) client() (*api.Client, access.Config, error) {
	r := config.NewReader(p.env)
	cfg := access.Read(r, p.env)
	if err := r.Err(); err != nil {
		return nil, cfg, fmt.Errorf("%w: %w", errUsage, err)
	}
	return api.New(cfg), cfg, nil
}

// print writes v as JSON, or the table.
func (p *program) print(v any, table func() error) error {
	if p.flags.output == outputJSON {
		return text.JSON(p.out, v)
	}
	return table()
}

// line writes a line of text, parts of which come from outside.
func (p *program) line(format string, args ...any) {
	fmt.Fprintln(p.out, text.Safe(fmt.Sprintf(format, args...)))
}

// warn writes a line to the log.
func (p *program) warn(format string, args ...any) {
	fmt.Fprintln(p.log, "warning: "+text.Safe(fmt.Sprintf(format, args...)))
}

// completeTimeout bounds what the completion of a shell waits for.
const completeTimeout = 2 * time.Second

// functionName completes a function that is named without its namespace by that of OpenFaaS.
func functionName(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return name + ".openfaas-fn"
}

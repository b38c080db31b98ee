package workload

import (
	"io"
	"testing"
	"time"
)

func TestFlagsOutOfBoundsAreNamed(t *testing.T) {
	for want, args := range map[string][]string{
		"-functions must be between 1 and 11 (OpenFaaS community edition takes 15, the suite has four), was: 12": {"-functions", "12"},
		"-step must be whole seconds between 1s and 1m, was: 1.5s":                                               {"-step", "1500ms"},
		"-simulated-start-delay must be between 0s and 1m, was: -1s":                                             {"-simulated-start-delay", "-1s"},
		"-cost-ratio must be between 0.0001 and 0.9999, was: NaN":                                                {"-cost-ratio", "NaN"},
		`-edition must be standard, ce or edge, was: "pro"`:                                                      {"-edition", "pro"},
		"-gateway-port must be between 0 and 65535, was: 65536":                                                  {"-gateway-port", "65536"},
		"-nats-port must be between 0 and 65535, was: -1":                                                        {"-nats-port", "-1"},
		"-store-port must be between 0 and 65535, was: 99999":                                                    {"-store-port", "99999"},
		`unknown argument: "more"`:                                                                               {"more"},
	} {
		if _, err := parse("local up", ".state/up", args, io.Discard); err == nil || err.Error() != want {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
	o, err := parse("local up", ".state/up", []string{"-gateway-port", "0", "-functions", "3", "-step", "2s"}, io.Discard)
	if err != nil || o.GatewayPort != 0 || o.Functions != 3 || o.State != ".state/up" {
		t.Errorf("got %+v, %v", o, err)
	}
	if o.Speed() != 30 || o.OnClock(180) != 6*time.Minute {
		t.Errorf("steps of 2 s: speed %v, three hours of the trace in %v", o.Speed(), o.OnClock(180))
	}
}

func TestTheEnvironmentSetsTheDefaultEdition(t *testing.T) {
	t.Setenv("EDITION", "ce")
	if o, err := parse("local up", "", nil, io.Discard); err != nil || o.Edition != "ce" {
		t.Errorf("got %q, %v", o.Edition, err)
	}
	if o, err := parse("local up", "", []string{"-edition", "standard"}, io.Discard); err != nil || o.Edition != "standard" {
		t.Errorf("with the flag: got %q, %v", o.Edition, err)
	}
}

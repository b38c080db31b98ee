package dashboard

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	gometrics "runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prewarm/shared/event"
	entry "prewarm/shared/serve"
)

var attackTime = flag.Duration("attack", 3*time.Second, "how long TestStrangersCannotKeepTheOwnerOut attacks")

// Variables of the process that is attacked: its port, and the file to which it writes the most
// memory that it has had, in MiB.
const (
	attackedPort = "PREWARM_ATTACKED_PORT"
	attackedPeak = "PREWARM_ATTACKED_PEAK"
)

// TestAttacked is the process that is attacked: the real server with many functions. It runs
// apart from its attackers, so that its memory is its own.
func TestAttacked(t *testing.T) {
	port := os.Getenv(attackedPort)
	if port == "" {
		t.Skip("only as a part of TestStrangersCannotKeepTheOwnerOut")
	}
	d := fill(t, 2000)
	d.log, d.gateway = slog.New(slog.DiscardHandler), &fakeController{}
	for i := range 30 {
		for f := range 2000 {
			one := decision(fmt.Sprintf("shop-%d.openfaas-fn", f), origin-60*int64(i))
			one.Reason = strings.Repeat("because ", 15) + strconv.Itoa(i*f)
			d.view.AddDecisions(one.Step, &event.Decisions{Decisions: []event.Decision{one}})
		}
	}
	archive(t, d.source.(*fakeSource), 10_000)
	d.now = time.Now // sessions begin now
	for key, value := range map[string]string{"handler_port": port, "bind": "127.0.0.1"} {
		t.Setenv(key, value)
	}
	go recordPeak(os.Getenv(attackedPeak))
	if err := entry.Main(t.Context(), os.Getenv, d); err != nil {
		t.Log(err)
	}
}

// recordPeak writes the most memory that the Go runtime has held so far to a file, until the
// process ends. It is the memory that GOMEMLIMIT bounds. The resident memory has that of the
// race detector too, which is several times as much.
func recordPeak(path string) {
	held := []gometrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for peak := uint64(0); ; time.Sleep(10 * time.Millisecond) {
		gometrics.Read(held)
		if now := (held[0].Value.Uint64() - held[1].Value.Uint64()) >> 20; now > peak {
			peak = now
			// A rename, so that no reader sees half a number.
			if err := os.WriteFile(path+".new", []byte(strconv.FormatUint(peak, 10)), 0o600); err == nil {
				_ = os.Rename(path+".new", path)
			}
		}
	}
}

// attacked starts the process and returns its address and a function that reads the most
// memory that it has had, in MiB.
func attacked(t *testing.T) (address string, peak func() int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	process := exec.Command(os.Args[0], "-test.run=^TestAttacked$", "-test.v")
	file := filepath.Join(t.TempDir(), "peak")
	process.Env = append(os.Environ(), attackedPort+"="+port, attackedPeak+"="+file, "GOMEMLIMIT="+stack(t, `GOMEMLIMIT: (\w+)`))
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	for end := time.Now().Add(time.Minute); ; {
		if res, err := http.Get("http://" + address + "/_/health"); err == nil {
			res.Body.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal("the process does not answer")
		}
		time.Sleep(20 * time.Millisecond)
	}
	return address, func() int {
		text, err := os.ReadFile(file)
		mebibytes, errNumber := strconv.Atoi(string(text))
		if err := errors.Join(err, errNumber); err != nil {
			t.Fatal(err)
		}
		return mebibytes
	}
}

// owner is a browser of the owner, over the network.
type owner struct {
	t       *testing.T
	address string
	cookies map[string]string
	csrf    string
}

func (o *owner) send(method, target, body string) (int, string) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+o.address+target, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(csrfHeader, o.csrf)
	for name, value := range o.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		o.t.Errorf("%s %s: %v", method, target, err)
		return 0, ""
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		o.cookies[c.Name] = c.Value
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		line, _ := bufio.NewReader(res.Body).ReadString('}')
		return res.StatusCode, line
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		o.t.Errorf("%s %s: %v", method, target, err)
	}
	return res.StatusCode, string(text)
}

// pauses signs in, pauses and resumes, reads the pages, and forgets the session.
func (o *owner) pauses(credentials string) {
	o.t.Helper()
	status, text := o.send(http.MethodPost, "/api/session", credentials)
	_, after, _ := strings.Cut(text, `"csrf":"`)
	o.csrf, _, _ = strings.Cut(after, `"`)
	if status != http.StatusOK || o.csrf == "" {
		o.t.Errorf("the owner could not sign in: %d %s", status, text)
		return
	}
	for _, c := range []struct{ method, target, body, want string }{
		{http.MethodPost, "/api/pause", `{"paused":true}`, `"paused":true`},
		{http.MethodGet, "/api/status", "", `"paused":true`},
		{http.MethodGet, "/", "", "</html>"},
		{http.MethodGet, "/api/events", "", "retry: 500"},
		{http.MethodPost, "/api/pause", `{"paused":false}`, `"paused":false`},
	} {
		if status, text := o.send(c.method, c.target, c.body); status != http.StatusOK || !strings.Contains(text, c.want) {
			o.t.Errorf("%s %s: got %d %.200s", c.method, c.target, status, text)
		}
	}
	delete(o.cookies, sessionCookie)
	o.csrf = ""
}

// 200 connections of strangers ask for the largest answers and read nothing or at full speed,
// hold event streams and exports, send their bodies slowly, and guess passwords. Meanwhile the
// owner signs in and pauses, in a browser that is known and in one that is not. The long form:
//
//	go test ./functions/dashboard -run Strangers -v -attack 60s
func TestStrangersCannotKeepTheOwnerOut(t *testing.T) {
	if testing.Short() {
		t.Skip("attacks a process for some seconds")
	}
	address, peak := attacked(t)
	known := &owner{t: t, address: address, cookies: map[string]string{}}
	known.pauses(rightPassword)
	before := peak()
	ctx, cancel := context.WithCancel(t.Context())
	var storm sync.WaitGroup
	var sent atomic.Int64
	for _, a := range attackers() {
		storm.Go(func() { a.run(ctx, address, &sent) })
	}
	rounds, longest := 0, time.Duration(0)
	for end := time.Now().Add(*attackTime); rounds == 0 || time.Now().Before(end); rounds++ {
		time.Sleep(*attackTime / 10)
		begin := time.Now()
		known.pauses(rightPassword)
		first := &owner{t: t, address: address, cookies: map[string]string{}}
		if status, text := first.send(http.MethodGet, "/", ""); !strings.Contains(text, "signin.js") {
			t.Errorf("a browser that is not known must see a page on which it can sign in, got %d %.200s", status, text)
		}
		if status, _ := first.send(http.MethodGet, "/?asset=signin.js", ""); status != http.StatusOK {
			t.Errorf("the script of the page: got %d", status)
		}
		first.pauses(`{"token":"` + token + `"}`)
		longest = max(longest, time.Since(begin))
	}
	cancel()
	storm.Wait()
	t.Logf("%d requests of strangers, %d rounds of the owner, at most %v each; memory %d MiB before, %d MiB at most",
		sent.Load(), rounds, longest.Round(time.Millisecond), before, peak())
	// of-watchdog and the program itself have their share of the limit, too.
	if limit, _ := strconv.Atoi(stack(t, `limits:\s+cpu: \w+\s+(?:#.*\s+)*memory: (\d+)Mi`)); peak() > limit-otherMemory {
		t.Errorf("the memory must stay %d MiB below the limit of %d, was: %d", otherMemory, limit, peak())
	}
}

// otherMemory is what is left for of-watchdog and for the code of the program, in MiB.
const otherMemory = 64

// stack returns a value of the dashboard in stack.yml.
func stack(t *testing.T, pattern string) string {
	t.Helper()
	text, err := os.ReadFile("../../stack.yml")
	if err != nil {
		t.Skip("a build context has no stack.yml")
	}
	_, section, _ := strings.Cut(string(text), "\n  dashboard:\n")
	section, _, _ = strings.Cut(section, "\n\n")
	found := regexp.MustCompile(pattern).FindStringSubmatch(section)
	if found == nil {
		t.Fatalf("the dashboard must have %s in stack.yml", pattern)
	}
	return found[1]
}

// The function that the platform's tests deploy. It listens on $host:$port.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	fmt.Println("started", os.Getenv("HOSTNAME"))
	// The environment selects the faults that the tests need.
	if os.Getenv("crash_at_start") == "true" {
		fmt.Fprintln(os.Stderr, "crashing as told")
		os.Exit(3)
	}
	if os.Getenv("ignore_sigterm") == "true" {
		signal.Ignore(syscall.SIGTERM)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/_/health", health)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		// The answer begins before the request has been read: the gateway must pass both on.
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("X-Path", r.URL.RequestURI())
		w.Header().Set("X-Method", r.Method)
		w.Header().Set("X-Host", r.Host)
		for name, values := range r.Header {
			w.Header()["Echo-"+name] = values
		}
		_, _ = io.Copy(w, r.Body)
	})
	mux.HandleFunc("/instance", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getenv("HOSTNAME")) })
	mux.HandleFunc("/pid", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	mux.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getenv(r.FormValue("name"))) })
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, os.Getenv("destination"), http.StatusFound)
	})
	mux.HandleFunc("/print", func(_ http.ResponseWriter, r *http.Request) { fmt.Println(r.FormValue("text")) })
	mux.HandleFunc("/exit", func(http.ResponseWriter, *http.Request) { os.Exit(4) })
	mux.HandleFunc("/sleep", sleep)
	mux.HandleFunc("/visit", visit)
	mux.HandleFunc("/status", status)
	mux.HandleFunc("/header", header)
	mux.HandleFunc("/secret", secret)
	mux.HandleFunc("/grandchild", grandchild)
	mux.HandleFunc("/stream", stream)
	mux.HandleFunc("/allocate", allocate)
	err := http.ListenAndServe(os.Getenv("host")+":"+os.Getenv("handler_port"), mux)
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// health answers 503 as long as there is no file $healthy_file, so that a test decides
// when a replica becomes ready. Without the variable it answers 200.
func health(w http.ResponseWriter, _ *http.Request) {
	file := os.Getenv("healthy_file")
	if file == "" {
		return
	}
	if _, err := os.Stat(file); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}

// visit answers when a server of the test, at the address "url", has answered, so that
// the test decides how long a replica is busy.
func visit(w http.ResponseWriter, r *http.Request) {
	if err := knock(r); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprint(w, "visited")
}

// knock waits for the answer of the server at "url", or for the client to have gone.
func knock(r *http.Request) error {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.FormValue("url"), nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// sleep answers after the duration "for", so that a test can keep a replica busy.
func sleep(w http.ResponseWriter, r *http.Request) {
	d, err := time.ParseDuration(r.FormValue("for"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	time.Sleep(d)
	fmt.Fprint(w, "slept")
}

// status answers with the given code, as a function that fails.
func status(w http.ResponseWriter, r *http.Request) {
	code, _ := strconv.Atoi(r.FormValue("code"))
	w.WriteHeader(code)
}

// header answers with the values of a request header that the replica has received.
func header(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, strings.Join(r.Header.Values(r.FormValue("name")), ","))
}

// secret answers with the value of a secret, read from the mounted directory at each call.
func secret(w http.ResponseWriter, r *http.Request) {
	value, err := os.ReadFile(filepath.Join(os.Getenv("secrets_dir"), r.FormValue("name")))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	_, _ = w.Write(value)
}

// grandchild leaves a process behind and answers its number.
func grandchild(w http.ResponseWriter, _ *http.Request) {
	cmd := exec.Command("sleep", "600")
	// It keeps the output of the replica open after the replica's end.
	cmd.Stdout = os.Stdout
	if err := cmd.Start(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, cmd.Process.Pid)
}

// allocated keeps the memory of allocate in use.
var allocated []byte

// allocate takes as many bytes of memory as the caller says, and keeps them.
func allocate(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.FormValue("bytes"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	allocated = make([]byte, n)
	for i := range allocated {
		allocated[i] = 1 // a page counts once it is written to
	}
	fmt.Fprint(w, "allocated")
}

// stream sends an event, visits the server at "url", and sends another event.
func stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "data: first\n\n")
	w.(http.Flusher).Flush()
	if knock(r) == nil {
		fmt.Fprint(w, "data: last\n\n")
	}
}

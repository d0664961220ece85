// A small app that asks Gatehouse who its visitors are; see whoisthis.go.
package main

import (
	"cmp"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

var (
	gatehouse = cmp.Or(os.Getenv("GATEHOUSE"), "http://127.0.0.1:3000")
	client    = http.Client{Timeout: 5 * time.Second}
)

func main() {
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		switch status, email := whoIsThis(r); status {
		case http.StatusOK:
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			fmt.Fprintf(w, "You are %s.\n", email)
		case http.StatusUnauthorized:
			http.Error(w, "Please sign in first.", status)
		default: // no answer is not "signed out"
			http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
		}
	})
	server := http.Server{Addr: "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8080"), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

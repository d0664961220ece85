// Who is this? Asks Gatehouse, with the visitor's own Cookie header.
package main

import (
	"cmp"
	"encoding/json"
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

func whoIsThis(w http.ResponseWriter, r *http.Request) {
	question, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, gatehouse+"/api/users/me", nil)
	question.Header["Cookie"] = r.Header["Cookie"]
	answer, err := client.Do(question)
	if err != nil { // no answer is not "signed out"
		http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	defer answer.Body.Close()
	var reply struct{ Data struct{ Email string } }
	err = json.NewDecoder(answer.Body).Decode(&reply)
	switch {
	case answer.StatusCode == http.StatusUnauthorized:
		http.Error(w, "Please sign in first.", http.StatusUnauthorized)
	case answer.StatusCode != http.StatusOK || err != nil:
		http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
	default:
		fmt.Fprintf(w, "You are %s.\n", reply.Data.Email)
	}
}

func main() {
	http.HandleFunc("GET /{$}", whoIsThis)
	server := http.Server{Addr: "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8080"), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

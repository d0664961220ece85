package main

import (
	"encoding/json"
	"net/http"
)

// whoIsThis asks Gatehouse, with the visitor's own Cookie header: 200 and who it is, 401, or 503 for "not known now".
func whoIsThis(r *http.Request) (status int, email string) {
	question, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, gatehouse+"/api/users/me", nil)
	question.Header["Cookie"] = r.Header["Cookie"]
	answer, err := client.Do(question)
	if err != nil {
		return http.StatusServiceUnavailable, ""
	}
	defer answer.Body.Close()
	var reply struct{ Data struct{ Email string } }
	if json.NewDecoder(answer.Body).Decode(&reply) != nil {
		return http.StatusServiceUnavailable, ""
	}
	return answer.StatusCode, reply.Data.Email
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/bcrypt"
)

// bareEnv makes this program the bare server; it names the file with what to answer.
const bareEnv = "GATEHOUSE_BENCH_BARE"

// bareFile is all that the bare server knows.
type bareFile struct {
	Answer answer            `json:"answer"`
	Hashes map[string]string `json:"hashes"` // by e-mail address
}

func bareCommand(path string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), bareEnv+"="+path)
	return cmd, nil
}

// serveBare is what Gin can do at most: it answers a check without looking at who asks, and a login by x/crypto, one at a
// time for each core, without a database.
func serveBare(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var known bareFile
	if err := json.Unmarshal(text, &known); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	ok := func(c *gin.Context) { c.JSON(http.StatusOK, known.Answer) }
	r.GET("/healthz", ok)
	r.GET("/api/users/me", ok)
	cores := make(chan struct{}, runtime.NumCPU())
	r.POST("/api/users/login", func(c *gin.Context) {
		var in struct{ Email, Password string }
		if c.BindJSON(&in) != nil {
			return
		}
		cores <- struct{}{}
		err := bcrypt.CompareHashAndPassword([]byte(known.Hashes[in.Email]), []byte(in.Password))
		<-cores
		if err != nil {
			c.JSON(http.StatusUnauthorized, gin.H{"error": true})
			return
		}
		ok(c)
	})
	told, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(told, func() { _ = l.Close() })
	fmt.Printf("http://%s\n", l.Addr())
	if err := http.Serve(l, r); told.Err() == nil {
		return err
	}
	return nil
}

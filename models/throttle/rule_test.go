package throttle

import "time"

// The rules that a server has by default.
var (
	accountRule = Rule{Free: 5, Delay: time.Second, MaxDelay: 15 * time.Minute, Lock: 100, LockFor: 24 * time.Hour, Window: 24 * time.Hour, AtOnce: 5}
	deviceRule  = Rule{Free: 5, Delay: time.Second, MaxDelay: 15 * time.Minute, Lock: 20, LockFor: 24 * time.Hour, Window: 24 * time.Hour, AtOnce: 5}
	networkRule = Rule{Free: 100, Window: 10 * time.Minute}
)

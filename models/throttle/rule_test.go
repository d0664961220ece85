package throttle

import (
	"testing"
	"time"
)

// The rules that a server has by default.
var (
	accountRule = Rule{Free: 5, Delay: time.Second, MaxDelay: 15 * time.Minute, Lock: 100, LockFor: 24 * time.Hour, Window: 24 * time.Hour, AtOnce: 5}
	deviceRule  = Rule{Free: 5, Delay: time.Second, MaxDelay: 15 * time.Minute, Lock: 20, LockFor: 24 * time.Hour, Window: 24 * time.Hour, AtOnce: 5}
	networkRule = Rule{Free: 100, Window: 10 * time.Minute}
)

func TestFailuresOfAllAccountsAreDelayedAsTheRuleSays(t *testing.T) {
	delays := map[int]time.Duration{
		0: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 7: 4 * time.Second, 14: 512 * time.Second, 15: 15 * time.Minute,
		16: 15 * time.Minute, 99: 15 * time.Minute, 100: 24 * time.Hour, 101: 24 * time.Hour,
	}
	for failures, want := range delays {
		if got := accountRule.delay(failures); got != want {
			t.Errorf("after %d failures %v, want %v", failures, got, want)
		}
	}
	if deviceRule.ended(19) || !deviceRule.ended(20) || networkRule.ended(1000) {
		t.Error("a row ends elsewhere than after 20 failures of a device")
	}
	for _, tt := range []struct {
		rule           Rule
		failures, want int
	}{
		{accountRule, 0, 5},
		{accountRule, 3, 2},
		{accountRule, 4, 1},
		{accountRule, 50, 1},
		{networkRule, 0, 100},
		{networkRule, 99, 1},
		{networkRule, 100, 0},
		{networkRule, 101, 0},
		{networkRule.Times(10), 900, 100},
		{networkRule.Times(10), 0, maxRunning},
		{Rule{Free: 10, AtOnce: 2}, 5, 2},
	} {
		if got := tt.rule.places(tt.failures); got != tt.want {
			t.Errorf("%+v after %d failures: %d places, want %d", tt.rule, tt.failures, got, tt.want)
		}
	}
}

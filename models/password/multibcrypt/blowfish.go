package multibcrypt

import "encoding/binary"

const (
	rounds  = 16
	subkeys = rounds + 2
	box0    = subkeys
	box1    = box0 + 256
	box2    = box1 + 256
	box3    = box2 + 256
	words   = box3 + 256
)

// state is one Blowfish: the subkeys and behind them the four S-boxes. The key
// schedule fills them in that order, so one array makes it one loop.
type state [words]uint32

// key is what is mixed into the subkeys: a key of any length, repeated.
type key [subkeys]uint32

func newKey(b []byte) (k key) {
	for i := range 4 * subkeys {
		k[i/4] = k[i/4]<<8 | uint32(b[i%len(b)])
	}
	return k
}

// f is Blowfish's F. The indices are ints since the compiler then makes the
// start of the box a part of the address; in 32 bits the sum might wrap, and
// each would cost an addition.
func (s *state) f(x uint32) uint32 {
	return ((s[box0+int(x>>24)] + s[box1+int(x>>16&255)]) ^ s[box2+int(x>>8&255)]) + s[box3+int(x&255)]
}

// encrypt is written so that the subkey is mixed in while f still waits for its
// look-ups.
func (s *state) encrypt(l, r uint32) (uint32, uint32) {
	l ^= s[0]
	for i := 1; i < rounds; i += 2 {
		r = r ^ s[i] ^ s.f(l)
		l = l ^ s[i+1] ^ s.f(r)
	}
	return r ^ s[subkeys-1], l
}

// expand is Blowfish's key schedule, begun from the state as it is; in the paper
// ExpandKey(state, 0, key).
func (s *state) expand(k *key) {
	for i, word := range k {
		s[i] ^= word
	}
	var l, r uint32
	for i := 0; i < words-1; i += 2 {
		l, r = s.encrypt(l, r)
		s[i], s[i+1] = l, r
	}
}

// newState is the state that bcrypt begins with, ExpandKey(InitState(), salt,
// key): the four words of the salt in turn are mixed into what is encrypted.
func newState(k, salt *key) state {
	s := initial()
	for i, word := range k {
		s[i] ^= word
	}
	var l, r uint32
	for i := 0; i < words-1; i += 2 {
		l, r = s.encrypt(l^salt[i%4], r^salt[i%4+1])
		s[i], s[i+1] = l, r
	}
	return s
}

// digest encrypts the three blocks of the constant text, 64 times each. The
// original drops the last of the 24 bytes, so everybody does.
func (s *state) digest() string {
	text := []byte("OrpheanBeholderScryDoubt")
	for b := text; len(b) > 0; b = b[8:] {
		l, r := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		for range 64 {
			l, r = s.encrypt(l, r)
		}
		binary.BigEndian.PutUint32(b, l)
		binary.BigEndian.PutUint32(b[4:], r)
	}
	return encoding.EncodeToString(text[:digestSize])
}

package multibcrypt

import (
	"encoding/binary"
	"math/big"
	"sync"
)

// initial is the state before any key: the digits of pi after the point, 32
// bits a word. They are computed, since a formula can be checked by reading and
// a list of a thousand numbers cannot. It takes 5 ms, once.
var initial = sync.OnceValue(func() (s state) {
	const size = 4 * words
	digits := fractionOfPi(8 * size).FillBytes(make([]byte, size))
	for i := range s {
		s[i] = binary.BigEndian.Uint32(digits[4*i:])
	}
	return s
})

// fractionOfPi is pi after the point, to so many bits, by the series of David
// and Gregory Chudnovsky (1988):
//
//	426880 √10005 / pi = Σ (6k)! (13591409 + 545140134k) / ((3k)! k!³ (-640320)³ᵏ)
//
// All is in fixed point; term is what does not have k as a factor.
func fractionOfPi(bits uint) *big.Int {
	const guard = 64 // bits more, for what the divisions cut off
	one := new(big.Int).Lsh(big.NewInt(1), bits+guard)
	term, sum, product := new(big.Int).Set(one), new(big.Int), new(big.Int)
	for k := int64(1); term.Sign() != 0; k++ {
		sum.Add(sum, product.Mul(term, big.NewInt(13591409+545140134*(k-1))))
		term.Mul(term, big.NewInt(-(6*k-5)*(2*k-1)*(6*k-1)))
		term.Quo(term, big.NewInt(k*k*k))
		term.Quo(term, big.NewInt(640320*640320*640320/24))
	}
	pi := new(big.Int).Mul(one, one)
	pi.Sqrt(pi.Mul(pi, big.NewInt(10005)))
	pi.Mul(pi, big.NewInt(426880)).Mul(pi, one).Quo(pi, sum)
	return pi.Mod(pi, one).Rsh(pi, guard)
}

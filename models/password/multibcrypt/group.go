package multibcrypt

// Width is the number of bcrypts that are advanced together. Each further one
// adds to the time of all: on the processor where it was measured four gave 3.1
// times the hashes a second of x/crypto, three 2.7, and five or six at most 3.3
// for another third of waiting.
const Width = 4

// group is the states of the bcrypts that are advanced together. Places that no
// job has are computed too, on zeros: that costs nothing but what the wide loop
// costs anyway, and two jobs in it still take much less time than two alone.
type group [Width]state

// expand is expand of each state with its key. No step of one waits for a step
// of another, and the halves of all stay in registers; a loop over the states
// would keep them in memory, and be a third slower.
func (g *group) expand(keys *[Width]key) {
	a, b, c, d := &g[0], &g[1], &g[2], &g[3]
	for i := range subkeys {
		a[i] ^= keys[0][i]
		b[i] ^= keys[1][i]
		c[i] ^= keys[2][i]
		d[i] ^= keys[3][i]
	}
	var al, ar, bl, br, cl, cr, dl, dr uint32
	for i := 0; i < words-1; i += 2 {
		al, bl, cl, dl = al^a[0], bl^b[0], cl^c[0], dl^d[0]
		for k := 1; k < rounds; k += 2 {
			ar, br, cr, dr = ar^a[k]^a.f(al), br^b[k]^b.f(bl), cr^c[k]^c.f(cl), dr^d[k]^d.f(dl)
			al, bl, cl, dl = al^a[k+1]^a.f(ar), bl^b[k+1]^b.f(br), cl^c[k+1]^c.f(cr), dl^d[k+1]^d.f(dr)
		}
		al, ar = ar^a[subkeys-1], al
		bl, br = br^b[subkeys-1], bl
		cl, cr = cr^c[subkeys-1], cl
		dl, dr = dr^d[subkeys-1], dl
		a[i], a[i+1] = al, ar
		b[i], b[i+1] = bl, br
		c[i], c[i+1] = cl, cr
		d[i], d[i+1] = dl, dr
	}
}

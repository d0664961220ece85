package multibcrypt

// Run computes up to Width jobs together, of any costs. When the one in a place is done, or refused, next tells what comes
// in that place, or nil. So each place takes the time of its own work, whatever is in the others.
func Run(jobs []*Job, next func(place int, err error) *Job) {
	r := run{next: next}
	for place, j := range jobs {
		r.begin(place, j)
	}
	for rounds := r.shortest(); rounds > 0; rounds = r.shortest() {
		r.advance(rounds)
		for place, j := range r.jobs {
			if j != nil && r.left[place] == 0 {
				j.Digest = r.states[place].digest()
				r.begin(place, next(place, nil))
			}
		}
	}
}

// run is what Run has in hand.
type run struct {
	next             func(place int, err error) *Job
	jobs             [Width]*Job // nil in a place that has none
	left             [Width]int  // rounds
	states           group
	passwords, salts [Width]key
}

// begin puts a job into a place, or the first of those after it that can be computed.
func (r *run) begin(place int, j *Job) {
	for j != nil {
		salt, err := j.check()
		if err == nil {
			r.passwords[place], r.salts[place] = bcryptKey(j.Password), newKey(salt)
			r.states[place] = newState(&r.passwords[place], &r.salts[place])
			r.left[place] = 1 << j.Cost
			break
		}
		j = r.next(place, err)
	}
	r.jobs[place] = j
}

// shortest is how many rounds there are until one of the jobs is done; 0 if there is none.
func (r *run) shortest() int {
	rounds := 0
	for place, j := range r.jobs {
		if j != nil && (rounds == 0 || r.left[place] < rounds) {
			rounds = r.left[place]
		}
	}
	return rounds
}

// advance computes so many rounds of each job, one alone without the wide loop.
func (r *run) advance(rounds int) {
	n, last := 0, 0
	for place, j := range r.jobs {
		if j != nil {
			r.left[place] -= rounds
			n, last = n+1, place
		}
	}
	if n == 1 {
		for range rounds {
			r.states[last].expand(&r.passwords[last])
			r.states[last].expand(&r.salts[last])
		}
		return
	}
	for range rounds {
		r.states.expand(&r.passwords)
		r.states.expand(&r.salts)
	}
}

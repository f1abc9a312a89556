package verifystep

import (
	"fmt"
	"path"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// checkPlaces refuses a program if an earlier one is at the same path of the image, or above
// or below it.
func checkPlaces(entries [][]candidate) {
	taken := map[string]string{}   // from the path of a program in the image to that in the build
	folders := map[string]string{} // from a folder of the image to the path of its first program
	for _, entry := range entries {
		for i := range entry {
			p := &entry[i].Program
			if p.To == "" {
				continue
			}
			if other, ok := folders[p.To]; ok {
				p.refuseAt(p.To, fmt.Sprintf("a folder with %s", quote.Line(other)))
			}
			for at := p.To; at != "/"; at = path.Dir(at) {
				if other, ok := taken[at]; ok {
					p.refuseAt(at, quote.Line(other))
				}
			}
			taken[p.To] = p.Path
			for dir := path.Dir(p.To); dir != "/"; dir = path.Dir(dir) {
				if _, ok := folders[dir]; !ok {
					folders[dir] = p.Path
				}
			}
		}
	}
}

func (p *Program) refuseAt(at, what string) {
	p.refuse(verify.Reason{Code: CodeSamePlace,
		Message: fmt.Sprintf("can't be at %s in the image: %s is already at %s", quote.Line(p.To), what, quote.Line(at))})
}

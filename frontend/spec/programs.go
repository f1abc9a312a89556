package spec

import "github.com/rene2/scratch-frontend/frontend/yamlfile"

// CheckPrograms holds programs whose names only the build knows to the rules for the
// destination of a binary. It takes their places in the image by the index of their
// binary. The error, when there is one, is an [*Errors].
func (sf *Scratchfile) CheckPrograms(places map[int][]string) error {
	d := &decoder{Problems: &yamlfile.Problems{}}
	named := *sf
	named.Binaries = nil
	for i, b := range sf.Binaries {
		if !b.Into {
			named.Binaries = append(named.Binaries, b)
			continue
		}
		for _, to := range places[i] {
			if _, bad := programPlace(to); bad != nil {
				d.Add(b.Range, elsewhere, "the program %s: %s", show(to), bad.found)
			}
			b.To.Value, b.Into = to, false
			named.Binaries = append(named.Binaries, b)
		}
	}
	d.checkDestinations(&named)
	return d.Errors(sf.Name)
}

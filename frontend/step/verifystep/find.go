package verifystep

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// limits bound a request.
type limits struct {
	// programs is how many programs there may be: each is held open until all have
	// passed, and a process may have 1,024 open files where nobody has set another limit.
	programs int
	// names is how many names of folders are looked at.
	names int
}

var requestLimits = limits{programs: 512, names: 20_000}

// candidate is a file that was found for a binary. The file is nil if the program stands
// for a binary that has none.
type candidate struct {
	Program
	file *verify.File
}

// finder finds the files of the binaries, and verifies each. It is closed after use.
type finder struct {
	req       Request
	max, left limits
	opened    []*verify.File
}

func newFinder(req Request, max limits) *finder {
	return &finder{req: req, max: max, left: max}
}

func (f *finder) close() {
	for _, file := range f.opened {
		file.Close()
	}
}

// errTooMany ends the search for a binary's files at a limit.
var errTooMany = errors.New("too many files")

// find finds the files of one binary, at least one.
func (f *finder) find(ctx context.Context, b Binary) ([]candidate, error) {
	s := &search{finder: f, ctx: ctx, b: b, tree: f.req.Trees[b.Tree]}
	err := s.run()
	if errors.Is(err, errTooMany) {
		return s.only(verify.Reason{Code: CodeTooMany, Message: fmt.Sprintf(
			"has too many files: a build may have %d programs, and %d names to look through", f.max.programs, f.max.names)}), nil
	}
	return s.found, err
}

// search finds the files of one binary.
type search struct {
	*finder
	ctx   context.Context
	b     Binary
	tree  verify.Tree
	found []candidate
}

func (s *search) run() error {
	if !s.b.Pattern {
		return s.add(s.b.From)
	}
	matches, reason, err := s.match()
	if err != nil {
		return err
	}
	for _, from := range matches {
		if err := s.add(from); err != nil {
			return err
		}
	}
	if len(s.found) == 0 && reason == nil {
		reason = &verify.Reason{Code: CodeNoMatch, Message: "matches nothing"}
	}
	if reason != nil {
		s.found = s.only(*reason)
	}
	return nil
}

// only is a refusal that stands for the whole binary.
func (s *search) only(reason verify.Reason) []candidate {
	return []candidate{{Program: Program{Report: refused(s.b.From, reason), Listed: s.b.Pattern}}}
}

// refused is a report on a path that is refused unseen.
func refused(from string, reason verify.Reason) *verify.Report {
	return &verify.Report{Path: from, Verdict: verify.Refused, Reasons: []verify.Reason{reason}}
}

// add adds what is at a path that is named or that matches: a program or, for a folder,
// all that it has.
func (s *search) add(from string) error {
	file, err := s.open(from)
	if err != nil {
		return err
	}
	if s.b.Pattern && file.Report.Has(verify.CodeMissing) {
		return nil // the names behind the last wildcard were not looked up
	}
	if !s.b.Into {
		s.keep(file, s.b.To, s.b.Pattern)
		return nil
	}
	if !isFolder(file) {
		s.keep(file, path.Join(s.b.To, path.Base(from)), s.b.Pattern)
		return nil
	}
	before := len(s.found)
	if err := s.folder(file, s.b.To, len(file.Report.Links)); err != nil {
		return err
	}
	if len(s.found) == before {
		s.found = append(s.found, candidate{Program: Program{Listed: s.b.Pattern,
			Report: refused(from, verify.Reason{Code: CodeEmptyFolder, Message: "is a folder without files"})}})
	}
	return nil
}

// isFolder reports whether a path leads to a folder.
func isFolder(file *verify.File) bool { return file.Report.Has(verify.CodeDirectory) }

// folder adds what a folder has, with what the folders in it have. To reach it so many
// links are followed; one more is a link in it, which may lead to a program and to no
// folder: that could have it in it.
func (s *search) folder(dir *verify.File, to string, links int) error {
	names, reason, err := s.list(dir.Report.Path)
	if err != nil {
		return err
	}
	if reason != nil {
		s.found = append(s.found, candidate{Program: Program{Report: refused(dir.Report.Path, *reason), Listed: true}})
		return nil
	}
	for _, name := range names {
		from, to := path.Join(dir.Report.Path, name), path.Join(to, name)
		file, err := s.open(from)
		if err != nil {
			return err
		}
		if isFolder(file) && len(file.Report.Links) == links {
			err = s.folder(file, to, links)
		} else {
			s.keep(file, to, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// list gives the names in a folder, within the limit.
func (s *search) list(dir string) ([]string, *verify.Reason, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, nil, err
	}
	names, reason, err := s.tree.ReadDir(dir, s.left.names+1)
	if s.left.names -= len(names); s.left.names < 0 {
		return nil, nil, errTooMany
	}
	return names, reason, err
}

// open verifies what is at a path.
func (s *search) open(from string) (*verify.File, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	file, err := s.tree.Open(from, verify.Options{Platform: s.req.Platform, Hints: true, Packed: s.b.Packed})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	s.opened = append(s.opened, file)
	if !isFolder(file) && !file.Report.Has(verify.CodeMissing) {
		s.left.programs--
	}
	if s.left.programs < 0 {
		return nil, errTooMany
	}
	return file, nil
}

// keep adds a file with its place in the image.
func (s *search) keep(file *verify.File, to string, listed bool) {
	c := candidate{Program: Program{Report: file.Report, To: to, Listed: listed}, file: file}
	if name := path.Base(to); listed && (!contract.IsPlain(name) || contract.IsWhiteout(name)) {
		c.refuse(verify.Reason{Code: CodeName, Message: "has a name that an image can't have, or that can't be shown"})
	}
	if s.b.Stack && c.OK() && c.StackSize == 0 {
		c.refuse(verify.Reason{Code: CodeStack, Message: "asks for no stack (PT_GNU_STACK), although build.stack has one: it was linked by a linker that the build did not see"})
	}
	c.checkCapabilities(file.Handle, s.b.Capabilities)
	s.found = append(s.found, c)
}

// refuse adds a cause of the step's own to a program's report.
func (p *Program) refuse(reason verify.Reason) {
	p.Reasons = append(p.Reasons, reason)
	p.Verdict = verify.Refused
}

// match gives the paths that match the binary's pattern, sorted by their names; those
// behind the last wildcard need not be there. A reason says that it leads where nothing
// can be seen.
func (s *search) match() ([]string, *verify.Reason, error) {
	dirs := []string{"/"}
	for _, pattern := range strings.Split(strings.Trim(path.Clean(s.b.From), "/"), "/") {
		var next []string
		for _, dir := range dirs {
			if !hasWildcard(pattern) {
				next = append(next, path.Join(dir, pattern))
				continue
			}
			matches, reason, err := s.matchIn(dir, pattern)
			if reason != nil || err != nil {
				return nil, reason, err
			}
			next = append(next, matches...)
		}
		dirs = next
	}
	return dirs, nil, nil
}

// hasWildcard reports whether a name is to be matched; a backslash in it is no part of
// the name.
func hasWildcard(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// matchIn gives the paths in a folder that match. What is no folder has none.
func (s *search) matchIn(dir, pattern string) ([]string, *verify.Reason, error) {
	names, reason, err := s.list(dir)
	if reason != nil && reason.Code != verify.CodeUnseen {
		reason = nil
	}
	if reason != nil || err != nil {
		return nil, reason, err
	}
	var out []string
	for _, name := range names {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", s.b.From, err)
		}
		if ok {
			out = append(out, path.Join(dir, name))
		}
	}
	return out, nil, nil
}

package verifystep

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// limits are the limits of a request.
type limits struct {
	// programs is how many programs there may be. Each stays open until all have passed,
	// and by default a process may have 1,024 open files.
	programs int
	// names is how many names of files and folders are read.
	names int
}

var requestLimits = limits{programs: 512, names: 20_000}

// candidate is a file of a binary. The file is nil if the binary has none and the program is
// the refusal of the whole binary.
type candidate struct {
	Program
	file *verify.File
}

// finder finds the files of the binaries, and verifies each. close must be called after use.
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

// find finds the files of one binary. It returns at least one.
func (f *finder) find(ctx context.Context, b Binary) ([]candidate, error) {
	s := &search{finder: f, ctx: ctx, b: b, tree: f.req.Trees[b.Tree]}
	err := s.run()
	if errors.Is(err, errTooMany) {
		return s.only(verify.Reason{Code: CodeTooMany, Message: fmt.Sprintf(
			"has too many files: a build may have %d programs, and %d names of files to search", f.max.programs, f.max.names)}), nil
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

// only returns a refusal of the whole binary.
func (s *search) only(reason verify.Reason) []candidate {
	return []candidate{{Program: Program{Report: refused(s.b.From, reason), Listed: s.b.Pattern}}}
}

// refused returns a report that refuses a path without a look at a file.
func refused(from string, reason verify.Reason) *verify.Report {
	return &verify.Report{Path: from, Verdict: verify.Refused, Reasons: []verify.Reason{reason}}
}

// add adds a program, or all programs of a folder. The path is named or matches the pattern.
func (s *search) add(from string) error {
	file, err := s.open(from)
	if err != nil {
		return err
	}
	if s.b.Pattern && file.Report.Has(verify.CodeMissing) {
		return nil // match does not look up the names after the last wildcard
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

// folder adds the programs of a folder and of the folders in it. links is the number of links
// on the way to it. A link in the folder may lead to a program, but not to a folder, which
// could contain the first one.
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

// list returns the names in a folder. It counts them against the limit.
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

// open verifies the file at a path.
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

// keep adds a file with its path in the image.
func (s *search) keep(file *verify.File, to string, listed bool) {
	c := candidate{Program: Program{Report: file.Report, To: to, Listed: listed}, file: file}
	if listed && (!contract.IsPlain(to) || slices.ContainsFunc(strings.Split(to, "/"), spec.IsWhiteout)) {
		c.refuse(verify.Reason{Code: CodeName, Message: "has a name, or is in a folder of a name, that an image can't have or that is not printable"})
	}
	if s.b.Stack && c.OK() && c.StackSize == 0 {
		c.refuse(verify.Reason{Code: CodeStack, Message: "asks for no stack (PT_GNU_STACK), although build.stack has one: it was linked by a linker that the build did not see"})
	}
	c.checkCapabilities(file.Handle, s.b.Capabilities)
	s.found = append(s.found, c)
}

// refuse adds a reason of the step's own to the report of a program.
func (p *Program) refuse(reason verify.Reason) {
	p.Reasons = append(p.Reasons, reason)
	p.Verdict = verify.Refused
}

// match returns the paths that match the pattern of the binary, sorted by their names. It does
// not check that names after the last wildcard exist. A reason means that the step does not
// have a part of the tree.
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

// hasWildcard reports whether a name is a pattern. A backslash is part of a pattern and not of
// a name.
func hasWildcard(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// matchIn returns the paths in a folder that match. A file has none.
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

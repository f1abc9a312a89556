//go:build linux

package wrapper

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// maxPrinted is the most that a linker may print for a link to be recorded.
const maxPrinted = 256 << 20

// finish prints what the linker printed for the user, and records the link if it has an
// output. A problem is why the inputs are not known.
func (l *link) finish(linked bool, problem error) {
	trace := evidence.NewTrace(l.names.isFile)
	if problem == nil {
		problem = l.pass(trace)
	}
	if linked {
		if err := l.record(trace, problem); err != nil {
			return // the open file says that a link is not recorded
		}
	}
	if l.mapped != "" {
		os.Remove(l.mapped)
	}
	os.Remove(l.printed.Name())
}

// pass reads the trace, and prints the rest.
func (l *link) pass(trace *evidence.Trace) error {
	size, err := l.printed.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := l.printed.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if size > maxPrinted {
		io.Copy(os.Stdout, l.printed) //nolint:errcheck // as the linker
		return fmt.Errorf("the linker printed %d bytes", size)
	}
	text, err := io.ReadAll(l.printed)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(trace.ReadOutput(l.kind, text, l.parsed))
	if err != nil {
		return fmt.Errorf("print what the linker printed: %w", err)
	}
	return nil
}

// record writes the record. There is none if the output is not a file that this link
// wrote, such as /dev/null.
func (l *link) record(trace *evidence.Trace, problem error) (err error) {
	defer func() {
		// The link is done. What goes wrong here must not change how it ended.
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	after := stampOf(l.parsed.Output)
	if after == (stamp{}) {
		return nil
	}
	rec, err := l.outline()
	if err != nil {
		return err
	}
	if problem == nil && after == l.before {
		problem = errors.New("the linker did not write this output")
	}
	if problem == nil {
		problem = l.describe(rec, trace)
	}
	if problem != nil {
		rec.Failure, rec.Inputs, rec.Read = evidence.Printable(problem.Error()), nil, false
	}
	line, err := rec.Encode()
	if err != nil && problem == nil {
		rec.Failure, rec.Inputs, rec.Read = evidence.Printable(err.Error()), nil, false
		line, err = rec.Encode()
	}
	if err != nil {
		return err
	}
	sum := sha256.Sum256(line)
	name := hex.EncodeToString(sum[:16]) + evidence.Suffix
	return write(filepath.Join(l.root, linksDir, name), line)
}

// write writes a file at once: another process sees all of it or none.
func write(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// outline returns the record without its inputs.
func (l *link) outline() (*evidence.Link, error) {
	rec := &evidence.Link{
		Version: evidence.Version,
		Linker:  evidence.Linker{Program: l.names.show(l.program), Version: evidence.Printable(l.version), Kind: l.kind},
		Options: l.parsed.Options,
	}
	out, _, err := l.file(l.parsed.Output)
	if err != nil {
		return nil, err
	}
	rec.Output.File = out
	f, err := os.Open(l.parsed.Output)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rec.Output.Identity, err = evidence.Identity(f)
	if err != nil && !errors.Is(err, evidence.ErrNoProgram) {
		return nil, err
	}
	for _, s := range l.parsed.Scripts {
		file, _, err := l.file(l.findScript(s))
		if err != nil {
			continue // not a file that lasts, as /dev/stdin
		}
		if !slices.Contains(rec.Scripts, file) {
			rec.Scripts = append(rec.Scripts, file)
		}
	}
	return rec, nil
}

// findScript finds a script where linkers do.
func (l *link) findScript(name string) string {
	for _, dir := range l.parsed.Folders {
		if at := filepath.Join(dir, name); !isFile(name) && isFile(at) {
			return at
		}
	}
	return name
}

// describe adds the inputs.
func (l *link) describe(rec *evidence.Link, trace *evidence.Trace) error {
	if err := l.explain(rec, trace); err != nil {
		return err
	}
	for _, t := range trace.Taken {
		l.names.show(t.Path) // in this order, before a reason names one
	}
	at := map[string]int{}
	for _, t := range trace.Taken {
		in, err := l.input(t)
		if err != nil {
			return err
		}
		if in.Path == rec.Output.Path {
			return errors.New("the output replaced an input")
		}
		if (in.Kind == evidence.Archive || in.Kind == evidence.Thin) && len(in.Members) == 0 {
			continue // it was searched, and nothing was taken
		}
		i, ok := at[in.Path]
		if !ok {
			at[in.Path] = len(rec.Inputs)
			rec.Inputs = append(rec.Inputs, in)
			continue
		}
		rec.Inputs[i].Members = merge(rec.Inputs[i].Members, in.Members)
	}
	if len(rec.Inputs) == 0 {
		return errors.New("the linker named no input")
	}
	return nil
}

// merge adds members that are not there.
func merge(to, members []evidence.Member) []evidence.Member {
	for _, m := range members {
		if !slices.ContainsFunc(to, func(o evidence.Member) bool { return o.Name == m.Name }) {
			to = append(to, m)
		}
	}
	return to
}

// explain reads the linker's second file, which says why members were taken or, from
// mold, which ones were.
func (l *link) explain(rec *evidence.Link, trace *evidence.Trace) error {
	if l.mapped == "" {
		rec.Read = l.kind == evidence.Mold
		if l.kind == evidence.Gold && trace.Optimized() {
			return errors.New("without a map of its own for the wrapper, gold does not say what it hands to a plugin")
		}
		return nil
	}
	f, err := os.Open(l.mapped)
	if err != nil {
		return err
	}
	defer f.Close()
	switch l.kind {
	case evidence.LLD:
		return trace.AddExtracts(f)
	case evidence.Mold:
		exact, err := trace.KeepMapped(f)
		rec.Read = !exact || l.parsed.Lib
		return err
	}
	if err := trace.AddReasons(l.kind, f); err != nil {
		return err
	}
	if l.kind == evidence.Gold && l.parsed.Lib && trace.Optimized() {
		return errors.New("gold does not say which objects of --start-lib it hands to a plugin")
	}
	if l.kind == evidence.Gold && !l.parsed.Lib {
		// It does not name the objects that it hands to a plugin.
		for _, name := range l.parsed.Inputs {
			if isFile(name) && kindOf(name) == evidence.Object {
				trace.AddObject(name)
			}
		}
	}
	return nil
}

// input returns what is recorded of a file that the linker took.
func (l *link) input(t evidence.Taken) (evidence.Input, error) {
	file, kind, err := l.file(t.Path)
	if errors.Is(err, fs.ErrNotExist) && len(t.Members) == 0 && filepath.IsAbs(t.Path) {
		return evidence.Input{File: evidence.File{Path: l.names.show(t.Path)}, Kind: evidence.Generated}, nil
	}
	if err != nil {
		return evidence.Input{}, fmt.Errorf("input %s: %w", t.Path, err)
	}
	if kind == evidence.Script && l.parsed.Binary {
		kind = evidence.Data
	}
	in := evidence.Input{File: file, Kind: kind}
	for _, m := range t.Members {
		in.Members = append(in.Members, evidence.Member{
			Name: evidence.Printable(m.Name), By: l.names.showMember(m.By), Symbol: evidence.Printable(m.Symbol),
		})
	}
	return in, nil
}

// kindOf returns the kind of a file by its first bytes.
func kindOf(p string) evidence.InputKind {
	f, err := os.Open(p)
	if err != nil {
		return evidence.Script
	}
	defer f.Close()
	head := make([]byte, 20)
	n, _ := io.ReadFull(f, head)
	return headKind(head[:n])
}

func headKind(head []byte) evidence.InputKind {
	switch {
	case bytes.HasPrefix(head, []byte("!<arch>\n")):
		return evidence.Archive
	case bytes.HasPrefix(head, []byte("!<thin>\n")):
		return evidence.Thin
	case bytes.HasPrefix(head, []byte("BC\xc0\xde")), bytes.HasPrefix(head, []byte("\xde\xc0\x17\x0b")):
		return evidence.Object // LLVM's bitcode
	case len(head) == 20 && bytes.HasPrefix(head, []byte("\x7fELF")):
		if head[16] == 3 || head[17] == 3 {
			return evidence.Shared
		}
		return evidence.Object
	}
	return evidence.Script
}

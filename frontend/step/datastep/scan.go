package datastep

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// chunk is how many names of a folder are read at once. Only names of folders stay in memory,
// since data may have a folder with a million files.
const chunk = 1024

// scan verifies the data.
type scan struct {
	req             Request
	interpreters    interpreters
	refused, warned listed[*verify.Report]
	scripts         listed[Script]
}

func newScan(req Request) *scan {
	return &scan{req: req, interpreters: newInterpreters(req)}
}

func (s *scan) report() Report {
	r := Report{Verdict: verify.Static, Refused: s.refused.list(), Warned: s.warned.list(), Scripts: s.scripts.list()}
	if len(r.Refused.First) > 0 {
		r.Verdict = verify.Refused
	}
	return r
}

// folder scans a folder of the image and the folders below it. It does not follow links,
// since it scans their targets too.
func (s *scan) folder(ctx context.Context, at string) error {
	folders, err := s.files(ctx, at)
	if err != nil {
		return err
	}
	for _, name := range folders {
		if err := s.folder(ctx, path.Join(at, name)); err != nil {
			return err
		}
	}
	return nil
}

// files scans the files in a folder. It returns the names of the folders in it.
func (s *scan) files(ctx context.Context, at string) (folders []string, err error) {
	dir, err := os.Open(s.local(at))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	for {
		entries, err := dir.ReadDir(chunk)
		if err == io.EOF {
			return folders, nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		for _, e := range entries {
			switch {
			case spec.IsWhiteout(e.Name()):
				s.whiteout(path.Join(at, e.Name()))
			case e.IsDir():
				folders = append(folders, e.Name())
			case e.Type().IsRegular():
				if err := s.file(path.Join(at, e.Name()), e); err != nil {
					return nil, err
				}
			}
		}
	}
}

// local returns the path at which the step sees a path of the image.
func (s *scan) local(at string) string {
	return filepath.Join(s.req.Data, filepath.FromSlash(at))
}

// maxStart is how much of a script's first line the kernel reads (BINPRM_BUF_SIZE).
const maxStart = 256

// file scans a regular file. It reads only files with an execute bit. A file at the path of a
// binary, or of a file that is not verified, is not in the image, since that one replaces it.
func (s *scan) file(at string, e os.DirEntry) error {
	info, err := e.Info()
	if err != nil || info.Mode()&0o111 == 0 || slices.Contains(s.req.Programs, at) || slices.Contains(s.req.Unverified, at) {
		return err
	}
	start, err := readStart(s.local(at))
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(start, elf.ELFMAG):
		return s.program(at)
	case strings.HasPrefix(start, "#!"):
		return s.script(at, interpreterOf(start))
	}
	return nil
}

// CodeName is for a name that an image can't have.
const CodeName verify.Code = "name"

// whiteout refuses a file that a layer can't hold: whoever unpacks the layer takes it for a
// file that is removed.
func (s *scan) whiteout(at string) {
	s.refused.add(at, &verify.Report{Path: at, Verdict: verify.Refused, Reasons: []verify.Reason{{
		Code: CodeName, Message: "has a name that stands in an image for something that is removed",
	}}})
}

// readStart reads the beginning of a file.
func readStart(file string) (_ string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	start := make([]byte, maxStart)
	n, err := io.ReadFull(f, start)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return string(start[:n]), err
}

// program verifies an ELF file.
func (s *scan) program(at string) error {
	r, err := verify.Path(s.req.Data, at, verify.Options{Platform: s.req.Platform})
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	switch {
	case !r.OK():
		s.refused.add(at, r)
	case len(r.Warnings) > 0:
		s.warned.add(at, r)
	}
	return nil
}

// script records a script whose interpreter is not in the image.
func (s *scan) script(at, interpreter string) error {
	if interpreter == "" {
		return nil // the kernel does not start it, and a shell runs it
	}
	there, err := s.interpreters.has(interpreter)
	if err == nil && !there {
		s.scripts.add(at, Script{Path: at, Interpreter: interpreter})
	}
	return err
}

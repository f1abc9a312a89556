package checksumstep

import (
	"bytes"
	"context"
	_ "crypto/sha512" // for package digest
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Run runs the step. A wrong checksum is no error: the report has it.
func Run(ctx context.Context, req Request, _, stderr io.Writer) error {
	if err := req.Checksum.Validate(); err != nil {
		return fmt.Errorf("checksum %q: %w", req.Checksum, err)
	}
	file, err := os.Open(req.File)
	if err != nil {
		return err
	}
	defer file.Close()
	report, err := compare(ctx, file, req.Checksum)
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		fmt.Fprintln(stderr, err)
	} else if err := install(ctx, file, report, req.Out); err != nil {
		return fmt.Errorf("copy to %s: %w", req.Out, err)
	}
	return contract.WriteReport(req.Report, report)
}

// compare reads the file and returns its checksum beside the wanted one.
func compare(ctx context.Context, file *os.File, wanted digest.Digest) (Report, error) {
	start := head{max: maxPage + 1}
	digester := wanted.Algorithm().Digester()
	size, err := io.Copy(io.MultiWriter(digester.Hash(), &start), reader{ctx, file})
	if err != nil {
		return Report{}, err
	}
	return Report{Wanted: wanted, Found: digester.Digest(), Size: size, Page: isPage(start.kept)}, nil
}

// install copies the file with its mode and time. It checks the copied bytes once more.
func install(ctx context.Context, file *os.File, report Report, out string) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	verifier := report.Wanted.Verifier()
	if err := copyTo(out, io.TeeReader(reader{ctx, io.NewSectionReader(file, 0, report.Size)}, verifier)); err != nil {
		return err
	}
	if !verifier.Verified() {
		return errors.Join(errors.New("the file changed while it was read"), os.Remove(out))
	}
	// The umask changes the mode of a new file.
	if err := os.Chmod(out, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Chtimes(out, info.ModTime(), info.ModTime())
}

func copyTo(path string, src io.Reader) (err error) {
	dst, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	_, err = io.Copy(dst, src)
	return err
}

// maxPage is the size of the largest error page, in bytes.
const maxPage = 64 << 10

// isPage reports whether a download looks like HTML or XML, by its first bytes.
func isPage(start []byte) bool {
	start = bytes.TrimPrefix(start, []byte("\ufeff"))
	return len(start) <= maxPage && bytes.HasPrefix(bytes.TrimSpace(start), []byte("<"))
}

// head keeps the first bytes that are written to it.
type head struct {
	kept []byte
	max  int
}

func (h *head) Write(p []byte) (int, error) {
	h.kept = append(h.kept, p[:min(len(p), h.max-len(h.kept))]...)
	return len(p), nil
}

// reader fails when its context ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(p)
}

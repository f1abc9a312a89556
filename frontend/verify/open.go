package verify

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File is an examined file inside a root directory. Close it after use.
type File struct {
	// Report is the result. It is never nil.
	Report *Report
	// Handle is the open file whose bytes were examined, at offset 0. It is nil
	// if the path leads to no regular file.
	Handle *os.File
}

// Open finds name inside the directory root as a process with that root directory
// would, opens it and examines it. It never leaves root: an absolute link starts at
// root, and '..' in root stays there and gives a warning. It opens only regular files
// and never waits for one. If another process replaces the file meanwhile, Open fails.
//
// If the path leads to no program, the report refuses it. The error is about the file
// system: root can't be opened, a permission is missing, or a read failed.
func Open(root, name string, opts Options) (*File, error) {
	return Tree{{At: "/", Dir: root}}.Open(name, opts)
}

// Path is [Open] for callers that need only the report.
func Path(root, name string, opts Options) (*Report, error) {
	f, err := Open(root, name, opts)
	if err != nil {
		return nil, err
	}
	return f.Report, f.Close()
}

// Close closes the file, if it was opened.
func (f *File) Close() error {
	if f.Handle == nil {
		return nil
	}
	return f.Handle.Close()
}

// CopyTo writes the examined bytes to w: from the start, whatever Handle's offset,
// and as many as the report's size. It returns [io.ErrUnexpectedEOF] if the file has
// shrunk. The caller makes sure that nobody writes to the file.
func (f *File) CopyTo(w io.Writer) (int64, error) {
	if f.Handle == nil {
		return 0, f.Report.Err()
	}
	n, err := io.Copy(w, io.NewSectionReader(f.Handle, 0, f.Report.Size))
	if err == nil && n < f.Report.Size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func openIn(tree mounts, name string, opts Options) (*File, error) {
	w, reason, err := resolve(tree, name)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if reason == nil {
		reason = checkKind(w.info)
	}
	f := &File{Report: &Report{}}
	if reason != nil {
		f.Report.refuse(reason)
	} else if err := f.examine(w, opts); err != nil {
		return nil, err
	}
	f.Report.Path = name
	f.Report.Links = w.links
	if reason == nil || reason.Code == CodeDirectory || reason.Code == CodeNotRegular {
		f.Report.Resolved = printable(w.resolved())
	}
	if w.above {
		f.Report.warn(&Reason{Code: CodeAboveRoot,
			Message: "is found by a path that goes above the root; it was held there, as in a chroot"})
	}
	return f, nil
}

// examine opens the file that the walk found, and fills the report.
func (f *File) examine(w *walk, opts Options) error {
	handle, err := openRegular(w)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	report, err := ELF(handle, w.info.Size(), opts)
	if err != nil {
		return errors.Join(err, handle.Close())
	}
	checkMode(report, w.info.Mode(), opts)
	f.Report, f.Handle = report, handle
	return nil
}

// openRegular opens the file that the walk found. Another process may replace the
// file after the walk. So openRegular does not wait for the other end of a FIFO, and
// compares the open file with the one that the walk found.
func openRegular(w *walk) (*os.File, error) {
	name := w.resolved()
	f, err := w.tree.openFile(name, os.O_RDONLY|openFlags)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !os.SameFile(info, w.info) || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s was replaced while it was opened", name), f.Close())
	}
	w.info = info // its size is that of the opened file
	return f, nil
}

// checkKind refuses everything but a regular file.
func checkKind(info fs.FileInfo) *Reason {
	if info == nil || info.IsDir() {
		return &Reason{Code: CodeDirectory, Message: "is a directory, not a program"}
	}
	if info.Mode().IsRegular() {
		return nil
	}
	return &Reason{Code: CodeNotRegular, Message: fmt.Sprintf("is %s, not a regular file", kindName(info.Mode()))}
}

func kindName(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// checkMode refuses a file that nobody may execute, and warns of one that changes
// its user or group.
func checkMode(r *Report, mode fs.FileMode, opts Options) {
	const anyExec = 0o111
	if mode&anyExec == 0 && !opts.AnyMode {
		r.refuse(&Reason{Code: CodeNotExecutable, Message: fmt.Sprintf("is not executable (mode %04o)", mode.Perm())})
	}
	if mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		r.warn(&Reason{Code: CodeSetuid, Message: "has a set-user-ID or set-group-ID bit"})
	}
}

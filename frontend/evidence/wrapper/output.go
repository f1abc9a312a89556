//go:build linux

package wrapper

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"github.com/rene2/scratch-frontend/frontend/missing"
)

// maxKept is how many bytes are kept of each of the two outputs.
const maxKept = missing.MaxOutput/2 - 1

// relay passes on what a command prints, and keeps the end of it.
type relay struct {
	from *os.File // the pipe that the command writes to
	to   *os.File
	kept []byte
	done chan struct{}
}

// newRelay returns a relay to a file of this process, and the file for the command. There
// is a relay only to a pipe: to the command, another pipe is no different.
func newRelay(to *os.File) (*relay, *os.File, error) {
	if !isPipe(to) {
		return nil, to, nil
	}
	from, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	return &relay{from: from, to: to, done: make(chan struct{})}, w, nil
}

func isPipe(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// start passes on, from when the command has its own end of the pipe.
func (r *relay) start(of *os.File) {
	if r != nil {
		of.Close()
		go r.run()
	}
}

// run passes on until the pipe ends or stop is called.
func (r *relay) run() {
	defer close(r.done)
	buf := make([]byte, 64<<10)
	for {
		n, err := r.from.Read(buf)
		if n > 0 && !r.pass(buf[:n]) || err != nil {
			return
		}
	}
}

// pass passes on some bytes. If nobody reads them any more, nobody reads the command's
// either.
func (r *relay) pass(b []byte) bool {
	if r.kept = append(r.kept, b...); len(r.kept) > 2*maxKept {
		r.kept = append(r.kept[:0], r.kept[len(r.kept)-maxKept:]...)
	}
	if _, err := r.to.Write(b); err != nil {
		r.from.Close()
		return false
	}
	return true
}

// stop passes on what is in the pipe, and no more: a process that the command has left may
// write to it for ever.
func (r *relay) stop() {
	if r == nil {
		return
	}
	r.from.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // a pipe of os.Pipe has deadlines
	<-r.done
	conn, err := r.from.SyscallConn()
	if err != nil {
		return // nobody reads it
	}
	conn.Control(func(fd uintptr) { //nolint:errcheck // as above
		var waiting int32
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCINQ, uintptr(unsafe.Pointer(&waiting))); errno != 0 || waiting <= 0 {
			return
		}
		buf := make([]byte, waiting)
		if n, err := syscall.Read(int(fd), buf); err == nil && n > 0 {
			r.pass(buf[:n])
		}
	})
}

// end returns the end of what was passed on.
func (r *relay) end() []byte {
	if r == nil {
		return nil
	}
	return slices.Clip(r.kept[max(0, len(r.kept)-maxKept):])
}

// relayed runs a command to its end and returns how it ended. The command's outputs are
// those of this process, by way of relays. If it fails, what it did not find, by the end of
// what it has printed, is in a file. The output itself is in none: it may have a secret. If
// there is nothing to relay, the command replaces this process.
func relayed(program string, command []string, file string) (syscall.WaitStatus, error) {
	if !isPipe(os.Stdout) && !isPipe(os.Stderr) {
		return 0, syscall.Exec(program, command, os.Environ())
	}
	// A write to a pipe that nobody reads is an error, and no signal.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	out, stdout, err := newRelay(os.Stdout)
	if err != nil {
		return 0, err
	}
	errOut, stderr := (*relay)(nil), stdout
	if !sameFile(os.Stdout, os.Stderr) {
		if errOut, stderr, err = newRelay(os.Stderr); err != nil {
			return 0, err
		}
	}
	// A group of its own: a command that ends its group does not end this process.
	pid, err := fork(program, command, os.Environ(), []*os.File{os.Stdin, stdout, stderr}, &syscall.SysProcAttr{Setpgid: true})
	if err != nil {
		return 0, err
	}
	out.start(stdout)
	errOut.start(stderr)
	status, err := wait(pid)
	out.stop()
	errOut.stop()
	if err == nil && status != 0 {
		leave(file, append(append(out.end(), '\n'), errOut.end()...))
	}
	return status, err
}

// sameFile reports whether two outputs are one pipe.
func sameFile(a, b *os.File) bool {
	x, errX := a.Stat()
	y, errY := b.Stat()
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// leave writes what an output misses to a new file. If it can't, nothing is known of it.
func leave(file string, output []byte) {
	if needs := missing.Find(output); len(needs) > 0 {
		os.Remove(file)
		os.WriteFile(file, missing.Encode(needs), 0o600) //nolint:errcheck // as above
	}
}

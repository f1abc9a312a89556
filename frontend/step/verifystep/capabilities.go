package verifystep

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/frontend/capability"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// checkCapabilities refuses a file with capabilities that are not declared. The copy would
// lose them.
func (p *Program) checkCapabilities(file *os.File, declared []string) {
	if file == nil {
		return
	}
	value, err := readAttribute(file)
	if err == nil && value == nil {
		return
	}
	var found []string
	if err == nil {
		found, err = capability.Decode(value)
	}
	if err != nil {
		p.refuse(verify.Reason{Code: CodeMalformedCapabilities,
			Message: fmt.Sprintf("has file capabilities that can't be read (%s): %v", capability.Attribute, err)})
		return
	}
	p.Capabilities = found
	lost := slices.DeleteFunc(slices.Clone(found), func(name string) bool { return slices.Contains(declared, name) })
	if len(lost) > 0 {
		p.refuse(verify.Reason{Code: CodeCapabilities,
			Message: fmt.Sprintf("has the file capabilities %s in the build, which the image would not have", strings.Join(lost, ", "))})
	}
}

// readAttribute returns the value of a file's capabilities; nil if it has none.
func readAttribute(file *os.File) ([]byte, error) {
	value := make([]byte, capability.MaxSize)
	n, err := unix.Fgetxattr(int(file.Fd()), capability.Attribute, value)
	switch {
	case err == nil:
		return value[:n], nil
	case errors.Is(err, noAttribute), errors.Is(err, unix.ENOTSUP):
		return nil, nil
	case errors.Is(err, unix.ERANGE):
		return nil, fmt.Errorf("it has more than %d bytes", len(value))
	}
	return nil, err
}

// writeAttribute sets the capabilities of a file. A later change of its bytes or its owner
// removes them.
func writeAttribute(file *os.File, names []string) error {
	value, err := capability.Encode(names)
	if err != nil {
		return err
	}
	err = unix.Fsetxattr(int(file.Fd()), capability.Attribute, value, 0)
	switch {
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("the builder may not set file capabilities (%s needs CAP_SETFCAP in its user namespace); build with a daemon that may, or leave capabilities out: %w", capability.Attribute, err)
	case errors.Is(err, unix.ENOTSUP):
		return fmt.Errorf("the builder's file system can't hold file capabilities (%s); build on another one, or leave capabilities out: %w", capability.Attribute, err)
	case err != nil:
		return fmt.Errorf("set file capabilities: %w", err)
	}
	return nil
}

package failure

import (
	"fmt"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/status"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// explained is an error of the daemon with an explanation in place of its message.
//
// The gateway sends the gRPC status in an error's chain and drops every message around
// it. So the explanation needs a status of its own. The daemon's error stays in the chain
// for its details: vertex, sources, exit code.
type explained struct {
	message string
	err     error
}

func (e *explained) Error() string { return e.message }
func (e *explained) Unwrap() error { return e.err }

// GRPCStatus gives grpcerrors the message.
func (e *explained) GRPCStatus() *status.Status {
	return status.New(grpcerrors.Code(e.err), e.message)
}

// Wrapf puts an explanation before an error that may come from the daemon.
func Wrapf(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &explained{message: fmt.Sprintf(format, args...) + ": " + err.Error(), err: err}
}

// Printable returns an error whose message is safe to print on a terminal.
func Printable(err error) error {
	if err == nil {
		return nil
	}
	message := quote.Text(err.Error())
	if message == err.Error() {
		return err
	}
	return &explained{message: message, err: err}
}

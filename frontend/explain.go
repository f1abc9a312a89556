package frontend

import (
	"fmt"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/status"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// explainedError is an error of the daemon with an explanation before it.
//
// The gateway sends the gRPC status in an error's chain and drops every message around
// it. So the explanation needs a status of its own. The daemon's error stays in the chain
// for its details: vertex, sources, exit code.
type explainedError struct {
	message string
	err     error
}

// explain adds an explanation to an error that may come from the daemon.
func explain(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &explainedError{message: fmt.Sprintf(format, args...) + ": " + err.Error(), err: err}
}

// printableError returns an error whose message is safe to print on a terminal.
func printableError(err error) error {
	if err == nil {
		return nil
	}
	message := quote.Text(err.Error())
	if message == err.Error() {
		return err
	}
	return &explainedError{message: message, err: err}
}

func (e *explainedError) Error() string { return e.message }
func (e *explainedError) Unwrap() error { return e.err }

// GRPCStatus gives grpcerrors the message.
func (e *explainedError) GRPCStatus() *status.Status {
	return status.New(grpcerrors.Code(e.err), e.message)
}

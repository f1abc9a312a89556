package contract

import (
	"encoding/json"
	"fmt"
)

// Args returns the command line of a step without the program: the step's command and
// the request as JSON. A request has only types that JSON can encode.
func Args[Request any](command string, req Request) []string {
	dt, err := json.Marshal(req)
	if err != nil {
		panic(fmt.Sprintf("request of the step %s: %v", command, err))
	}
	return []string{command, string(dt)}
}

// ParseRequest reads the arguments after the command.
func ParseRequest[Request any](command string, args []string) (Request, error) {
	var req Request
	if len(args) != 1 {
		return req, fmt.Errorf("%s takes one argument, a JSON request; got %d", command, len(args))
	}
	if err := json.Unmarshal([]byte(args[0]), &req); err != nil {
		return req, fmt.Errorf("decode request: %w", err)
	}
	return req, nil
}

// Package steprequest puts what is asked of a step of the graph, which runs our own
// binary, on that binary's command line, and reads it there: as one JSON argument
// behind the sub-command.
package steprequest

import (
	"encoding/json"
	"fmt"
)

// Args is the command line of a step, without its program. The request is made of
// strings, numbers and booleans, which all have a JSON form.
func Args[Request any](command string, req Request) []string {
	dt, err := json.Marshal(req)
	if err != nil {
		panic(fmt.Sprintf("request of the step %s: %v", command, err))
	}
	return []string{command, string(dt)}
}

// Parse reads the arguments that follow the sub-command.
func Parse[Request any](command string, args []string) (Request, error) {
	var req Request
	if len(args) != 1 {
		return req, fmt.Errorf("%s takes one argument, a JSON request; got %d", command, len(args))
	}
	if err := json.Unmarshal([]byte(args[0]), &req); err != nil {
		return req, fmt.Errorf("decode request: %w", err)
	}
	return req, nil
}

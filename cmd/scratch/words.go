package main

import (
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// status and dialed match what gRPC writes around a message.
var (
	status = pattern.Compile(`rpc error: code = \w+ desc = `)
	dialed = pattern.Compile(`(?:failed to list workers: )?(?:Unavailable: )?connection error: desc = ("(?:[^"\\]|\\.)*")`)
)

// inWords returns the message of an error without what gRPC writes around it.
func inWords(err error) string {
	text := status().ReplaceAllString(err.Error(), "")
	return dialed().ReplaceAllStringFunc(text, func(found string) string {
		reason, err := strconv.Unquote(dialed().FindStringSubmatch(found)[1])
		if err != nil {
			return found
		}
		for _, prefix := range []string{"transport: Error while dialing: ", "error reading server preface: "} {
			reason = strings.TrimPrefix(reason, prefix)
		}
		return strings.TrimSpace(reason)
	})
}

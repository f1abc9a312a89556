package frontend

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/moby/buildkit/frontend/dockerui"
)

// argEpoch is the build arg of the reproducible-builds specification
// SOURCE_DATE_EPOCH: seconds since 1970-01-01 UTC. BuildKit also knows the value
// "context", the time of a remote context.
const argEpoch = "SOURCE_DATE_EPOCH"

// sourceDateEpoch is the time that the image is to bear; nil leaves it to
// BuildKit.
func sourceDateEpoch(ctx context.Context, bc *dockerui.Client) (*time.Time, error) {
	switch v := bc.BuildArgs[argEpoch]; v {
	case "":
		return nil, nil
	case "context":
		return bc.ResolveMainContextSourceDateEpoch(ctx)
	default:
		sec, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("build arg %s is %q; give seconds since 1970-01-01 UTC, or \"context\"", argEpoch, v)
		}
		t := time.Unix(sec, 0).UTC()
		return &t, nil
	}
}

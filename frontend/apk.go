package frontend

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/llb"
)

// explainApk says which packages a step could not add, in place of its script, and
// whether the base has not what that takes. The step finds that out by itself: asking
// the base first would be one more container in every build.
func (b *platformBuilder) explainApk(ctx context.Context, g *llb.Graph, err error) error {
	var failed *errdefs.VertexError
	var exit *gateway.ExitError
	if err == nil || !errors.As(err, &failed) || !errors.As(err, &exit) {
		return err
	}
	def, marshalErr := g.Final.Marshal(ctx, bk.Platform(b.platform))
	if marshalErr != nil {
		return err
	}
	packages := llb.AddedPackages(opOf(def, failed.Digest).GetExec().GetMeta().GetArgs())
	if packages == nil {
		return err
	}
	if fault := apktools.OfExitCode(int(exit.ExitCode)); fault != apktools.None {
		return b.unfitBase(fault)
	}
	message := fmt.Sprintf("apk add %s %s", strings.Join(packages, " "), failedProcess)
	switch exit.ExitCode {
	case apktools.Failed: // apk has said why
	case 1:
		message += fmt.Sprintf(": the base %s has no /bin/sh that can be started", b.sf.Build.Base.Value)
	default:
		message += fmt.Sprintf(": exit code: %d", exit.ExitCode)
	}
	return &explainedError{message, err}
}

// unfitBase is the error of a base that no packages can be added to, at its line or
// else at those of the packages.
func (b *platformBuilder) unfitBase(fault apktools.Fault) error {
	err := fmt.Errorf("base %s for %s: %w", b.sf.Build.Base.Value, platforms.FormatAll(b.platform), fault)
	return b.atPackages(err, b.sf.Build.Base.Range)
}

// opOf is a vertex of the graph; nil if it has none with that digest.
func opOf(def *bk.Definition, vertex string) *pb.Op {
	for _, dt := range def.Def {
		var op pb.Op
		if digest.FromBytes(dt).String() == vertex && op.Unmarshal(dt) == nil {
			return &op
		}
	}
	return nil
}

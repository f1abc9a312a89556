package ociimage

import (
	"archive/tar"
	"context"
	"io"
	"os"

	ctdarchive "github.com/containerd/containerd/v2/pkg/archive"
)

// Unpack makes the root of a container in an empty folder. Only root can give files to
// other users and make devices, so for anybody else all files are the user's own, and there
// are no devices.
func (i *Image) Unpack(ctx context.Context, dir string) error {
	var opts []ctdarchive.ApplyOpt
	if os.Geteuid() != 0 {
		opts = append(opts, ctdarchive.WithNoSameOwner(), ctdarchive.WithFilter(func(h *tar.Header) (bool, error) {
			return h.Typeflag != tar.TypeChar && h.Typeflag != tar.TypeBlock, nil
		}))
	}
	return i.eachLayer(ctx, func(layer io.Reader) error {
		_, err := ctdarchive.Apply(ctx, dir, layer, opts...)
		return err
	})
}

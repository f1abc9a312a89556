package lockstep

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxFile bounds a download: packages without files have some kilobytes.
const maxFile = 16 << 20

// download downloads the file of a package. The environment has the proxy of the build.
func download(ctx context.Context, address string) (_ []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch %s: %s", address, res.Status)
	}
	dt, err := io.ReadAll(io.LimitReader(res.Body, maxFile+1))
	if err == nil && len(dt) > maxFile {
		err = fmt.Errorf("fetch %s: it is too large for a package without files", address)
	}
	return dt, err
}

// identify checks that a file is the package in the signed index. For format 2, apk's
// checksum is of the second gzip stream of the file; the first one is the signature. A
// file of format 3 begins with a mark and has nothing that the index has. There only the
// signature decides, at the installation.
func (p pkg) identify(file []byte) error {
	want, ok := strings.CutPrefix(p.checksum, "Q1")
	if !ok || bytes.HasPrefix(file, []byte("ADB")) {
		return nil
	}
	control, err := secondStream(file)
	if err != nil {
		return fmt.Errorf("it is no package: %w", err)
	}
	if sum := sha1.Sum(control); base64.StdEncoding.EncodeToString(sum[:]) != want {
		return fmt.Errorf("it is another %s than the repository's index names", p.id())
	}
	return nil
}

// secondStream returns the second of several gzip streams.
func secondStream(file []byte) ([]byte, error) {
	rest := bytes.NewReader(file)
	zr, err := gzip.NewReader(rest)
	if err != nil {
		return nil, err
	}
	start := 0
	for i := range 2 {
		if i > 0 {
			start = len(file) - rest.Len()
			if err := zr.Reset(rest); err != nil {
				return nil, err
			}
		}
		zr.Multistream(false)
		if _, err := io.Copy(io.Discard, zr); err != nil {
			return nil, err
		}
	}
	return file[start : len(file)-rest.Len()], nil
}

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

// maxFile is the largest file to download, in bytes. A package without files has some
// kilobytes.
const maxFile = 16 << 20

// download downloads a package's file. The environment has the build's proxy.
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

// check checks that a file is the package in the signed index. In format 2, apk's
// checksum is that of the file's second gzip stream; the first is the signature. A file of
// format 3 starts with ADB, and nothing in it can be compared with the index. For such a
// file, only the signature counts, when the file is installed.
func (p pkg) check(file []byte) error {
	want, ok := strings.CutPrefix(p.checksum, "Q1")
	if !ok || bytes.HasPrefix(file, []byte("ADB")) {
		return nil
	}
	control, err := secondStream(file)
	if err != nil {
		return fmt.Errorf("it is not a package: %w", err)
	}
	if sum := sha1.Sum(control); base64.StdEncoding.EncodeToString(sum[:]) != want {
		return fmt.Errorf("it is another %s than the one in the repository's index", p.id())
	}
	return nil
}

// secondStream returns the second gzip stream of a file.
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

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
)

var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:[0-9]+)`)

// pulled returns what measures how many bytes an empty daemon pulls of a remote cache that
// has all of a build, in relation to the size of the image.
func pulled(dir string) func(context.Context, *bench, side) (float64, error) {
	return func(ctx context.Context, b *bench, s side) (got float64, err error) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		registry, err := b.registry(ctx)
		if err != nil {
			return 0, err
		}
		var bytes atomic.Int64
		meter := httptest.NewServer(metered(registry, &bytes))
		defer meter.Close()
		ref := strings.TrimPrefix(meter.URL, "http://") + "/cache:latest"
		build := func(args ...string) error {
			if err := b.prune(ctx); err != nil {
				return err
			}
			cmd, err := s.command(ctx, b, dir, b.output(), args...)
			if err != nil {
				return err
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%w\n%s", err, out)
			}
			return nil
		}
		if err := build("--cache-to", "type=registry,mode=max,ref="+ref); err != nil {
			return 0, err
		}
		bytes.Store(0)
		if err := build("--cache-from", "type=registry,ref="+ref); err != nil {
			return 0, err
		}
		image, err := os.Stat(b.output())
		if err != nil {
			return 0, err
		}
		return float64(bytes.Load()) / float64(image.Size()), nil
	}
}

// metered is a proxy before a registry that counts the bytes of blobs that are pulled.
func metered(registry string, bytes *atomic.Int64) http.Handler {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: registry})
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/blobs/") {
			w = &counter{w, bytes}
		}
		proxy.ServeHTTP(w, req)
	})
}

type counter struct {
	http.ResponseWriter

	bytes *atomic.Int64
}

func (w *counter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes.Add(int64(n))
	return n, err
}

// registry starts an empty registry and returns its address. It ends with the context.
func (b *bench) registry(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp(b.tmp, "registry-")
	if err != nil {
		return "", err
	}
	config := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "version: 0.1\nstorage: {filesystem: {rootdirectory: %q}}\nhttp: {addr: \"127.0.0.1:0\"}\n", dir), 0o644); err != nil {
		return "", err
	}
	cmd := b.tool(ctx, "registry", "serve", config)
	cmd.Env = append(cmd.Env, "OTEL_TRACES_EXPORTER=none")
	log, err := cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	go func() {
		<-ctx.Done()
		_ = cmd.Wait() // it was killed
	}()
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, log)
			return m[1], nil
		}
	}
	return "", errors.New("the registry did not start")
}

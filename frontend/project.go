package frontend

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// projectID names a project in the ids of its caches: by where it comes from, as
// far as the client tells (docker buildx names the repository and the folder in
// it), by its build file's name, and by the binaries it makes. It is the same for
// all commits and branches, and for all changes of sources, packages and flags.
func projectID(opts map[string]string, filename string, sf *spec.Scratchfile) string {
	parts := []string{filename, withoutRef(opts["context"])}
	for _, name := range []string{"vcs:source", "vcs:localdir:context", "vcs:localdir:dockerfile"} {
		parts = append(parts, opts[name])
	}
	for _, b := range sf.Binaries {
		parts = append(parts, b.From.Value, b.To.Value)
	}
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%q\n", p)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// withoutRef drops the branch or commit of a remote context, which is written
// URL#REF:FOLDER or URL?ref=REF&subdir=FOLDER.
func withoutRef(remote string) string {
	address, fragment, _ := strings.Cut(remote, "#")
	_, folder, _ := strings.Cut(fragment, ":")
	address, query, _ := strings.Cut(address, "?")
	if values, err := url.ParseQuery(query); err == nil && values.Get("subdir") != "" {
		folder = values.Get("subdir")
	}
	return address + "#" + folder
}

func (b *platformBuilder) project() string {
	return projectID(b.BuildOpts().Opts, b.src.Filename, b.original)
}

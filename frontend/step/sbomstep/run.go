package sbomstep

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/sbom"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/version"
)

// Run carries out the step. A refused licence is no error, it stands in the report. What
// was found also goes to stderr, for people.
func Run(ctx context.Context, req Request, _, stderr io.Writer) error {
	in, err := readInputs(req)
	if err != nil {
		return err
	}
	build, err := describe(ctx, req, in)
	if err != nil {
		return err
	}
	inv, err := sbom.New(build)
	if err != nil {
		return err
	}
	report := newReport(inv, in.Licences)
	if err := writeDocuments(req.Out, inv, licenceTexts(req.linked(), inv.Packages)); err != nil {
		return err
	}
	if !report.refuses() {
		if err := os.Mkdir(filepath.Join(req.Out, PermittedDir), 0o755); err != nil {
			return err
		}
	}
	report.print(stderr)
	return contract.WriteReport(req.Report, report)
}

// describe says what is known of the build and of each program.
func describe(ctx context.Context, req Request, in Inputs) (sbom.Build, error) {
	b := sbom.Build{
		Name: in.Name, Platform: in.Platform, Tool: "scratch-frontend-" + version.Read().Version, Created: time.Unix(in.Epoch, 0),
		OS: osRelease(req.Root), Installed: installed(req.linked()), Project: in.Project, Sources: in.Sources,
		Copied: in.Copied,
	}
	var err error
	if b.Locked, err = locked(req); err != nil {
		return b, err
	}
	e := readEvidence(req)
	for _, bin := range in.Binaries {
		places, err := list(bin.Shipped)
		if err != nil {
			return b, err
		}
		if bin.Source != nil {
			b.Copied = append(b.Copied, sbom.Copied{Source: *bin.Source, Paths: places})
		}
		for _, at := range places {
			if err := ctx.Err(); err != nil {
				return b, err
			}
			program, err := readProgram(bin, at)
			if err != nil {
				return b, fmt.Errorf("%s: %w", at, err)
			}
			b.Binaries = append(b.Binaries, e.binary(bin, program))
		}
	}
	owners := apkdb.NewOwners(b.Installed)
	b.Changed = changed(req.linked(), owners, b.Binaries)
	b.Tools = e.tools(installed(req.Root))
	return b, nil
}

// locked gives the files that the lock has for the packages.
func locked(req Request) ([]lock.Install, error) {
	if req.Lock == "" {
		return nil, nil
	}
	data, err := os.ReadFile(req.Lock)
	if err != nil {
		return nil, err
	}
	l, err := lock.Parse(filepath.Base(req.Lock), data)
	if err != nil {
		return nil, err
	}
	var out []lock.Install
	for _, p := range l.Platforms {
		out = append(out, p.Installs...)
	}
	return out, nil
}

// writeDocuments writes all that is made of an inventory.
func writeDocuments(dir string, inv *sbom.Inventory, texts map[string]string) error {
	spdx, err := inv.SPDX()
	if err != nil {
		return err
	}
	cyclone, err := inv.CycloneDX()
	if err != nil {
		return err
	}
	var table bytes.Buffer
	if err := inv.Table(&table); err != nil {
		return err
	}
	files := map[string][]byte{
		SPDXFile: spdx, CycloneDXFile: cyclone, TableFile: table.Bytes(), NoticeFile: []byte(inv.Notice(texts)),
	}
	database, err := inv.PackageDB()
	if err != nil {
		return err
	}
	for name, data := range database {
		files[filepath.Join(DatabaseDir, name)] = data
	}
	for name, data := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// print says what was found, for people.
func (r Report) print(w io.Writer) {
	for _, warning := range r.Warnings() {
		fmt.Fprintf(w, "warning: %s\n", warning.Message)
	}
	if err := r.Err(); err != nil {
		fmt.Fprintln(w, err)
	}
	fmt.Fprintf(w, "%d programs, %d packages\n", len(r.Binaries), len(slices.DeleteFunc(slices.Clone(r.Packages), Package.isNotLinked)))
}

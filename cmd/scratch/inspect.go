package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/containerd/platforms"
	"github.com/docker/go-units"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/cmd/scratch/ociimage"
	"github.com/rene2/scratch-frontend/frontend/quote"
)

const inspectLong = `Shows what is in an image: the files with their sizes and modes, the config, whether each
program would run in an empty root, what the programs were linked of (of the SBOM), and what
the image was built of (of the provenance).

IMAGE is an OCI archive, a folder with an OCI layout, or a name in a registry.

Exit code: 0 if all programs would run in an empty root, 1 if one would not, 2 if there is
no answer.`

func newInspect() *cobra.Command {
	var platform string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect [flags] IMAGE",
		Short: "Show the files, the config and the origin of an image",
		Long:  inspectLong,
		Example: `  scratch inspect hello.tar
  scratch inspect --json registry.example/hello:1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return inspectImage(cmd.Context(), cmd.OutOrStdout(), args[0], platform, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&platform, "platform", "", "the `platform` of the image (default: this machine's)")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// inspection is what scratch inspect says of an image.
type inspection struct {
	Digest     string               `json:"digest"`
	Platform   string               `json:"platform"`
	Config     ocispecs.ImageConfig `json:"config"`
	Files      []ociimage.File      `json:"files"`
	Size       int64                `json:"size"`
	Packages   []linkedPackage      `json:"packages,omitempty"`
	Provenance *provenance          `json:"provenance,omitempty"`
}

// linkedPackage is a package of the SBOM.
type linkedPackage struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	License string `json:"license,omitempty"`
}

// provenance is what an image was built of.
type provenance struct {
	Builder   string     `json:"builder,omitempty"`
	Materials []material `json:"materials"`
}

type material struct {
	URI    string            `json:"uri"`
	Digest map[string]string `json:"digest"`
}

func inspectImage(ctx context.Context, out io.Writer, name, platform string, asJSON bool) error {
	img, closeImage, err := openImage(ctx, name, platform)
	if err != nil {
		return err
	}
	defer closeImage()
	i := inspection{Digest: img.Manifest.Digest.String(), Platform: platforms.Format(img.Config.Platform), Config: img.Config.Config}
	if i.Files, err = img.Files(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, a := range img.Attestations {
		if err := i.attest(a); err != nil {
			return fmt.Errorf("%s: the attestation %s: %w", name, a.PredicateType, err)
		}
	}
	ok := true
	for _, f := range i.Files {
		i.Size += f.Size
		ok = ok && (f.Program == nil || f.Program.OK())
	}
	if asJSON {
		err = json.NewEncoder(out).Encode(i)
	} else {
		err = i.print(out)
	}
	if err == nil && !ok {
		return errNo
	}
	return err
}

// attest takes what it can show of an attestation.
func (i *inspection) attest(a ociimage.Attestation) error {
	switch {
	case strings.Contains(a.PredicateType, "spdx.dev"):
		return i.addSPDX(a.Predicate)
	case strings.Contains(a.PredicateType, "slsa.dev/provenance"):
		return i.addProvenance(a.Predicate)
	}
	return nil
}

func (i *inspection) addSPDX(predicate []byte) error {
	var doc struct {
		Packages []struct {
			Name             string `json:"name"`
			VersionInfo      string `json:"versionInfo"`
			LicenseDeclared  string `json:"licenseDeclared"`
			LicenseConcluded string `json:"licenseConcluded"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(predicate, &doc); err != nil {
		return err
	}
	for _, p := range doc.Packages {
		if p.VersionInfo == "" {
			continue // a program of the image, and not what it was linked of
		}
		license := p.LicenseDeclared
		if license == "" || license == "NOASSERTION" {
			license = p.LicenseConcluded
		}
		i.Packages = append(i.Packages, linkedPackage{p.Name, p.VersionInfo, license})
	}
	return nil
}

// addProvenance reads version 0.2 of the format and version 1, which BuildKit writes.
func (i *inspection) addProvenance(predicate []byte) error {
	var doc struct {
		Builder         struct{ ID string } `json:"builder"`
		Materials       []material          `json:"materials"`
		BuildDefinition struct {
			ResolvedDependencies []material `json:"resolvedDependencies"`
		} `json:"buildDefinition"`
		RunDetails struct {
			Builder struct{ ID string } `json:"builder"`
		} `json:"runDetails"`
	}
	if err := json.Unmarshal(predicate, &doc); err != nil {
		return err
	}
	i.Provenance = &provenance{
		Builder:   doc.Builder.ID + doc.RunDetails.Builder.ID,
		Materials: append(doc.Materials, doc.BuildDefinition.ResolvedDependencies...),
	}
	return nil
}

// print prints it on a page. What the image says of itself stays within its line.
func (i *inspection) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "image\t%s\n", i.Digest)
	fmt.Fprintf(w, "platform\t%s\n", quote.Line(i.Platform))
	fmt.Fprintf(w, "files\t%d, %s\n", len(i.Files), units.HumanSize(float64(i.Size)))
	for _, line := range i.configLines() {
		if line[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", line[0], quote.Line(line[1]))
		}
	}
	fmt.Fprintln(w, "\nfiles")
	for _, f := range i.Files {
		name := f.Path
		if f.Link != "" {
			name += " -> " + f.Link
		}
		fmt.Fprintf(w, "  %s\t%d:%d\t%s\t%s\n", f.Perm, f.UID, f.GID, units.HumanSize(float64(f.Size)), quote.Line(name))
	}
	fmt.Fprintln(w, "\nprograms")
	for _, f := range i.Files {
		if f.Program != nil {
			fmt.Fprintf(w, "  %s\t%s\n", quote.Line(f.Path), f.Program.Headline())
		}
	}
	i.printOrigin(w)
	return w.Flush()
}

func (i *inspection) configLines() [][2]string {
	c := i.Config
	user := c.User
	if user == "" {
		user = "root"
	}
	lines := [][2]string{
		{"entrypoint", quoteList(c.Entrypoint)}, {"cmd", quoteList(c.Cmd)}, {"user", user}, {"workdir", c.WorkingDir},
		{"env", strings.Join(c.Env, " ")}, {"ports", strings.Join(slices.Sorted(maps.Keys(c.ExposedPorts)), " ")},
		{"volumes", strings.Join(slices.Sorted(maps.Keys(c.Volumes)), " ")}, {"stop-signal", c.StopSignal},
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		lines = append(lines, [2]string{"label", name + "=" + c.Labels[name]})
	}
	return lines
}

// quoteList writes a command so that its parts can be told apart.
func quoteList(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%q", s))
	}
	return strings.Join(out, " ")
}

func (i *inspection) printOrigin(w io.Writer) {
	fmt.Fprintln(w, "\nlinked of")
	if len(i.Packages) == 0 {
		fmt.Fprintln(w, "  not known: the image has no SBOM (build with --opt attest:sbom=)")
	}
	for _, p := range i.Packages {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", quote.Line(p.Name), quote.Line(p.Version), quote.Line(p.License))
	}
	fmt.Fprintln(w, "\nbuilt of")
	if i.Provenance == nil {
		fmt.Fprintln(w, "  not known: the image has no provenance (build with --opt attest:provenance=)")
		return
	}
	for _, m := range i.Provenance.Materials {
		for _, name := range slices.Sorted(maps.Keys(m.Digest)) {
			fmt.Fprintf(w, "  %s\t%s:%s\n", quote.Line(m.URI), quote.Line(name), quote.Line(m.Digest[name]))
		}
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/distribution/reference"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

const doctorLong = `Says whether "scratch build" finds all that it needs on this machine, a line for each
thing. A line of something that is missing has the remedy.

It looks at the builder that a build would take. If that is the embedded one, it looks at
what the embedded one needs. "no" means that no build works, "warning" that some builds may
not work or are slow: the registry of the base is not reached, for example, which a build
with --build-context does not need.

Exit code: 0 if nothing is missing, also with warnings; 1 if a line says no.`

func newDoctor() *cobra.Command {
	var flags builderFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine lacks for a build, and how to get it",
		Long:  doctorLong,
		Example: `  scratch doctor
  scratch doctor --builder embedded`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := append(flags.examine(cmd.Context()), examineRegistry(cmd.Context())...)
			return printFindings(cmd.OutOrStdout(), findings)
		},
	}
	flags.add(cmd)
	return cmd
}

// examine looks at the builder that a build would take.
func (b *builderFlags) examine(ctx context.Context) []builder.Finding {
	const name = "builder"
	if b.choose().kind == builderEmbedded {
		own, err := builder.Own()
		if err != nil {
			return []builder.Finding{builder.Failed(name, err)}
		}
		findings := own.Examine(ctx)
		for _, f := range findings {
			if f.Severity == builder.Bad {
				return findings
			}
		}
		return append(findings, b.examineConnection(ctx))
	}
	return []builder.Finding{b.examineConnection(ctx)}
}

func (b *builderFlags) examineConnection(ctx context.Context) builder.Finding {
	const name = "builder"
	c, text, err := b.connect(ctx)
	if err != nil {
		return builder.Failed(name, err)
	}
	defer c.Close()
	return builder.Finding{Name: name, Text: text}
}

// registryTime limits the question to the registry.
const registryTime = 5 * time.Second

// examineRegistry asks the registry of the default base, and compares its clock with ours.
func examineRegistry(ctx context.Context) []builder.Finding {
	const name = "registry"
	base, err := reference.ParseNormalizedNamed(spec.DefaultBase)
	if err != nil {
		panic(err) // the constant is a name
	}
	host, err := docker.DefaultHost(reference.Domain(base))
	if err != nil {
		panic(err)
	}
	now, err := registryClock(ctx, "https://"+host+"/v2/")
	if err != nil {
		return []builder.Finding{{Name: name, Severity: builder.Warning, Text: "no answer: " + err.Error(), Fix: registryFix(err)}}
	}
	return []builder.Finding{{Name: name, Text: host + " answers"}, judgeClock(time.Now(), now)}
}

func registryClock(ctx context.Context, url string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, registryTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return time.Time{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return time.Time{}, err
	}
	defer response.Body.Close()
	return http.ParseTime(response.Header.Get("Date"))
}

func registryFix(err error) string {
	if strings.Contains(err.Error(), "certificate") {
		return "install the certificates: apt-get install ca-certificates; or name yours in SSL_CERT_FILE; and look at the clock"
	}
	return "set HTTPS_PROXY, look at /etc/resolv.conf, or build with --build-context " + spec.DefaultBase + "=…"
}

// maxSkew is how wrong a clock may be before certificates and signatures begin to fail.
const maxSkew = 5 * time.Minute

func judgeClock(ours, theirs time.Time) builder.Finding {
	const name = "clock"
	skew := ours.Sub(theirs).Round(time.Second)
	if skew.Abs() <= maxSkew {
		return builder.Finding{Name: name, Text: "right"}
	}
	return builder.Finding{Name: name, Severity: builder.Bad, Text: fmt.Sprintf("it differs from the registry's by %v", skew), Fix: "set it: timedatectl set-ntp true"}
}

func printFindings(out io.Writer, findings []builder.Finding) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	bad := false
	for _, f := range findings {
		bad = bad || f.Severity == builder.Bad
		fmt.Fprintf(w, "%s\t%s\n", f.Severity, f)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if bad {
		return errNo
	}
	return nil
}

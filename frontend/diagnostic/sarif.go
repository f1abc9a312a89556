package diagnostic

import (
	"io"
	"net/url"
	"path/filepath"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/rene2/scratch-frontend/frontend/version"
)

// home is the page of the tool in a SARIF report.
const home = "https://github.com/rene2/scratch-frontend"

// writeSARIF prints a log in the format SARIF 2.1.0, on one line. Its columns count code points, as
// ours do.
func writeSARIF(w io.Writer, r Report) error {
	run := sarif.NewRunWithInformationURI("scratch", home).WithColumnKind("unicodeCodePoints")
	run.Tool.Driver.WithVersion(version.Read().Version)
	for _, rule := range r.rules() {
		row := run.AddRule(rule.Name).WithName(rule.Name).WithDescription(rule.Description)
		if rule.URL != "" {
			row.WithHelpURI(rule.URL)
		}
	}
	at := sarif.NewSimpleArtifactLocation(fileURI(r.File))
	for _, d := range r.Diagnostics {
		region := sarif.NewRegion().
			WithStartLine(d.Range.Start.Line).WithStartColumn(d.Range.Start.Column).
			WithEndLine(d.Range.End.Line).WithEndColumn(d.Range.End.Column)
		run.CreateResultForRule(d.Rule.Name).
			WithLevel(string(d.Severity)).
			WithMessage(sarif.NewTextMessage(d.Message)).
			AddLocation(sarif.NewLocationWithPhysicalLocation(
				sarif.NewPhysicalLocation().WithArtifactLocation(at).WithRegion(region)))
	}
	log := sarif.NewReport()
	log.AddRun(run)
	if err := log.Write(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// fileURI returns the name of a file as a URI: relative, or with the scheme file.
func fileURI(name string) string {
	u := url.URL{Path: filepath.ToSlash(name)}
	if filepath.IsAbs(name) {
		u.Scheme = "file"
	}
	return u.String()
}

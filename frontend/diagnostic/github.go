package diagnostic

import (
	"fmt"
	"io"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// GitHub's runner reads a command as "::name key=value,…::message". These characters end
// a part of it, so they are written as the runner decodes them.
var (
	githubMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// writeGitHub prints commands that GitHub's runner turns into annotations of the file.
func writeGitHub(w io.Writer, r Report) error {
	var b strings.Builder
	file := githubProperty.Replace(quote.Line(r.File))
	for _, d := range r.Diagnostics {
		start, end := d.Range.Start, d.Range.End
		fmt.Fprintf(&b, "::%s file=%s,line=%d,endLine=%d", d.Severity, file, start.Line, max(start.Line, end.Line))
		// GitHub accepts columns only within one line. Its last column is inside.
		if end.Line == start.Line {
			fmt.Fprintf(&b, ",col=%d,endColumn=%d", start.Column, max(start.Column, end.Column-1))
		}
		fmt.Fprintf(&b, ",title=%s::%s\n", githubProperty.Replace(quote.Line(d.Rule.Name)), githubMessage.Replace(quote.Text(d.Message)))
	}
	if r.Omitted > 0 {
		fmt.Fprintf(&b, "::notice file=%s::%s\n", file, omitted(r.Omitted))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

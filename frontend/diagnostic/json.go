package diagnostic

import (
	"encoding/json"
	"io"
)

// reportJSON is the JSON form of a report.
type reportJSON struct {
	File        string           `json:"file"`
	Diagnostics []diagnosticJSON `json:"diagnostics"`
	Omitted     int              `json:"omitted,omitempty"`
}

type diagnosticJSON struct {
	Severity Severity     `json:"severity"`
	Rule     string       `json:"rule"`
	Message  string       `json:"message"`
	URL      string       `json:"url,omitempty"`
	Start    positionJSON `json:"start"`
	// End is the position behind the last character.
	End positionJSON `json:"end"`
}

type positionJSON struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// writeJSON prints one object on one line.
func writeJSON(w io.Writer, r Report) error {
	out := reportJSON{File: r.File, Diagnostics: []diagnosticJSON{}, Omitted: r.Omitted}
	for _, d := range r.Diagnostics {
		out.Diagnostics = append(out.Diagnostics, diagnosticJSON{
			d.Severity, d.Rule.Name, d.Message, d.Rule.URL, positionJSON(d.Range.Start), positionJSON(d.Range.End),
		})
	}
	return json.NewEncoder(w).Encode(out)
}

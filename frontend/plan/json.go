package plan

import (
	"encoding/json"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// stepJSON is the JSON form of a step.
type stepJSON struct {
	Number int     `json:"number"`
	Name   string  `json:"name"`
	Lines  []int   `json:"lines,omitempty"`
	Needs  []int   `json:"needs,omitempty"`
	Always bool    `json:"always,omitempty"`
	Source *Source `json:"source,omitempty"`
	Exec   *Exec   `json:"exec,omitempty"`
	Files  *Files  `json:"files,omitempty"`
	Merge  []Ref   `json:"merge,omitempty"`
	Pass   *Pass   `json:"pass,omitempty"`
}

// JSON returns one object for each step. It leaves out the query of a URL, which may have
// a token.
func JSON(steps []Step) ([]json.RawMessage, error) {
	var out []json.RawMessage
	for i, s := range steps {
		dt, err := json.Marshal(stepJSON{
			Number: i + 1, Name: s.Name(), Lines: s.Lines(), Needs: s.Needs(), Always: s.Always,
			Source: withoutQuery(s.Source), Exec: s.Exec, Files: s.Files, Merge: s.Merge, Pass: s.Pass,
		})
		if err != nil {
			return nil, err
		}
		out = append(out, dt)
	}
	return out, nil
}

func withoutQuery(s *Source) *Source {
	switch {
	case s == nil:
		return nil
	case s.Git != nil:
		git := *s.Git
		git.URL = spec.WithoutQuery(git.URL)
		return &Source{Git: &git}
	case s.HTTP != nil:
		http := *s.HTTP
		http.URL = spec.WithoutQuery(http.URL)
		return &Source{HTTP: &http}
	}
	return s
}

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestWorkflows: each action is pinned by a commit, with the version that it is. In a container,
// whose user does not own the folder of the checkout, git is told to read it: a release asks git
// for its version.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("no workflows:", err)
	}
	pinned := regexp.MustCompile(`@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); strings.Contains(line, "uses: ") && !pinned.MatchString(line) {
				t.Errorf("%s: %s", file, line)
			}
		}
		var workflow struct {
			Jobs map[string]struct {
				Container yaml.Node
				Steps     []struct{ Uses, Run string }
			}
		}
		if err := yaml.Unmarshal(data, &workflow); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, job := range workflow.Jobs {
			safe := job.Container.IsZero()
			for _, s := range job.Steps {
				if strings.HasPrefix(s.Uses, "actions/checkout@") && !safe {
					t.Errorf("%s: git does not read the folder of the checkout in job %s", file, name)
				}
				safe = safe || strings.Contains(s.Run, `git config --system --add safe.directory "$GITHUB_WORKSPACE"`)
			}
		}
	}
}

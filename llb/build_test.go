package llb

import (
	"testing"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestOptionalSecretsAndAgents: what may be missing is marked so for the daemon, and
// nothing else is.
func TestOptionalSecretsAndAgents(t *testing.T) {
	for _, optional := range []bool{false, true} {
		sf := minimal()
		sf.Build.Secrets = []spec.Secret{
			{ID: str("a", 3), Env: str("A", 3), Optional: optional},
			{ID: str("b", 4), File: str("/run/b", 4), Optional: optional},
		}
		sf.Build.SSH = []spec.SSH{{String: str("default", 5), Optional: optional}}
		found := 0
		for _, op := range decode(t, marshal(t, graph(t, sf, options(sf)).Final)) {
			for _, e := range op.GetExec().GetSecretenv() {
				found++
				if e.Optional != optional {
					t.Errorf("variable %s: optional %v", e.Name, e.Optional)
				}
			}
			for _, m := range op.GetExec().GetMounts() {
				if o := m.GetSecretOpt(); o != nil {
					found++
					if o.Optional != optional {
						t.Errorf("mount %s: optional %v", m.Dest, o.Optional)
					}
				}
				if o := m.GetSSHOpt(); o != nil {
					found++
					if o.Optional != optional {
						t.Errorf("agent %s: optional %v", o.ID, o.Optional)
					}
				}
			}
		}
		if found != 3 {
			t.Errorf("%d secrets and agents in the graph, want 3", found)
		}
	}
}

package llb

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if it should, run the test with -update (-want +got):\n%s", file, diff)
	}
}

// dump writes a definition for people: vertices in the order of their inputs,
// with numbers instead of digests.
func dump(t testing.TB, def *bk.Definition) string {
	t.Helper()
	var b bytes.Buffer
	number := map[digest.Digest]int{}
	for i, dt := range def.Def {
		d := digest.FromBytes(dt)
		number[d] = i
		op := unmarshalOp(t, dt)
		if op.Op == nil { // the last one only names the result
			continue
		}
		md := def.Metadata[d]
		fmt.Fprintf(&b, "#%d %s", i, md.Description["llb.customname"])
		if md.IgnoreCache {
			b.WriteString(" (cache ignored)")
		}
		for _, in := range op.Inputs {
			fmt.Fprintf(&b, " <- #%d:%d", number[digest.Digest(in.Digest)], in.Index)
		}
		b.WriteString(locations(def, d))
		op.Inputs = nil
		out, err := json.MarshalIndent(op, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n%s\n\n", out)
	}
	return b.String()
}

func locations(def *bk.Definition, d digest.Digest) string {
	if def.Source == nil || def.Source.Locations[d.String()] == nil {
		return ""
	}
	out := ""
	for _, l := range def.Source.Locations[d.String()].Locations {
		for _, r := range l.Ranges {
			out += fmt.Sprintf(" @%d:%d-%d:%d", r.Start.Line, r.Start.Character, r.End.Line, r.End.Character)
		}
	}
	return out
}

// decode indexes a definition's vertices by digest.
func decode(t testing.TB, def *bk.Definition) map[digest.Digest]*pb.Op {
	t.Helper()
	ops := map[digest.Digest]*pb.Op{}
	for _, dt := range def.Def {
		ops[digest.FromBytes(dt)] = unmarshalOp(t, dt)
	}
	return ops
}

func unmarshalOp(t testing.TB, dt []byte) *pb.Op {
	t.Helper()
	var op pb.Op
	if err := op.Unmarshal(dt); err != nil {
		t.Fatal(err)
	}
	return &op
}

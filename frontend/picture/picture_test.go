package picture

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

const everything = "../../cmd/scratch/testdata/graph/everything/Scratchfile"

// steps plans the image of a Scratchfile.
func steps(t testing.TB, data string) []plan.Step {
	t.Helper()
	p := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	sf, err := spec.Parse("Scratchfile", []byte(data), spec.Vars{Platform: map[string]string{"TARGETARCH": "amd64"}})
	if err != nil {
		t.Fatal(err)
	}
	target, err := plan.FindTarget("")
	if err != nil {
		t.Fatal(err)
	}
	made, err := plan.New(sf, target, plan.Options{Platform: p})
	if err != nil {
		t.Fatal(err)
	}
	return made.StepsOf(target)
}

func readSteps(t testing.TB, file string) []plan.Step {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return steps(t, string(data))
}

// graphs are the Scratchfiles of tests and examples.
func graphs(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../../cmd/scratch/testdata/graph/*/Scratchfile", "../../examples/*/Scratchfile", "../plan/testdata/*.scratchfile"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	if len(out) < 20 {
		t.Fatalf("found %d graphs", len(out))
	}
	return out
}

// TestTrust: nothing that the compile made is trusted before a gate, and no step between a
// gate and the image makes it untrusted.
func TestTrust(t *testing.T) {
	want := map[string]Trust{
		"[base] registry.example/alpine:3.24": Given, "[packages] apk add binutils build-base": Compiled, "[context] load build context": Given,
		"[build] sources": Given, "[fetch] ./fetch": Compiled, "[frontend] the frontend's own image": Ours,
		"[build] make install DESTDIR=/out ${TARGETARCH}": Compiled, "[verify] /out/app, strip /bin/app": Gate,
		"[include] /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem": Compiled, "[final] make /tmp": Given,
		"[final] copy the data to scratch": Compiled, "[verify] the programs in the data": Gate,
		"[final] copy the verified binaries to scratch": Scratch, "[final] lay the binaries over the data": Scratch,
		"[test] /bin/app --version": Scratch, "[test] all passed": Scratch,
	}
	for _, n := range nodes(readSteps(t, everything)) {
		name := fmt.Sprintf("[%s] %s", n.kind, n.title)
		if trust, ok := want[name]; ok && n.trust != trust {
			t.Errorf("%s: %s, want %s", name, styles[n.trust].class, styles[trust].class)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("not in the graph: %v", want)
	}
	for _, file := range graphs(t) {
		all := nodes(readSteps(t, file))
		trusts := map[int]Trust{}
		for _, n := range all {
			trusts[n.id] = n.trust
			passed := len(n.needs) == 0
			for _, id := range n.needs {
				passed = passed || trusts[id] == Gate || trusts[id] == Scratch
			}
			if n.trust == Scratch && !passed {
				t.Errorf("%s: %s has passed no gate", file, n.name())
			}
		}
		if last := all[len(all)-1]; last.trust != Scratch {
			t.Errorf("%s: the image is %s", file, styles[last.trust].class)
		}
	}
}

// TestLayout: no box overlaps another, and no edge runs through one.
func TestLayout(t *testing.T) {
	for _, file := range graphs(t) {
		d := newDrawing(nodes(readSteps(t, file)))
		for r, row := range d.layout.rows {
			for i := 1; i < len(row); i++ {
				if space := row[i].x - row[i].width/2 - row[i-1].x - row[i-1].width/2; space < gap-0.001 {
					t.Errorf("%s: row %d: cells %d and %d have %.1f between them", file, r, i-1, i, space)
				}
			}
			for _, c := range row {
				if c.x-c.width/2 < margin-0.001 || c.x+c.width/2 > d.layout.width+margin+0.001 {
					t.Errorf("%s: row %d: a cell at %.1f is outside", file, r, c.x)
				}
			}
		}
		for _, e := range d.layout.edges {
			for i, c := range e.way {
				if c.row != e.way[0].row+i || c.box >= 0 != (i == 0 || i == len(e.way)-1) {
					t.Errorf("%s: the edge from %d to %d skips a row", file, e.from, e.to)
				}
			}
		}
	}
}

// element is a part of an SVG image.
type element struct {
	XMLName    xml.Name
	X          float64   `xml:"x,attr"`
	Y          float64   `xml:"y,attr"`
	Width      float64   `xml:"width,attr"`
	Height     float64   `xml:"height,attr"`
	TextLength float64   `xml:"textLength,attr"`
	Text       string    `xml:",chardata"`
	Children   []element `xml:",any"`
}

func parseSVG(t *testing.T, text string) element {
	t.Helper()
	var out element
	if err := xml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// TestTextsStayInTheirBoxes: each text is in its box, and beside no other one on its line.
func TestTextsStayInTheirBoxes(t *testing.T) {
	for _, data := range append(hostile(t), read(t, everything)) {
		text, err := SVG(steps(t, data))
		if err != nil {
			t.Fatal(err)
		}
		boxes := 0
		for _, g := range parseSVG(t, text).Children {
			if g.XMLName.Local != "g" {
				continue
			}
			boxes++
			var box element
			ends := map[float64]float64{}
			for _, e := range g.Children {
				if e.XMLName.Local == "rect" && box.Width == 0 {
					box = e
				}
				if e.XMLName.Local != "text" {
					continue
				}
				if e.X < box.X+padding-0.1 || e.X+e.TextLength > box.X+box.Width-padding+0.1 || e.Y > box.Y+box.Height-2 || e.X < ends[e.Y] {
					t.Errorf("%q at %.1f,%.1f with %.1f is not in its box at %.1f,%.1f", e.Text, e.X, e.Y, e.TextLength, box.X, box.Y)
				}
				ends[e.Y] = e.X + e.TextLength
			}
		}
		if boxes < 5 {
			t.Errorf("%d boxes", boxes)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// hostile are Scratchfiles with commands that end a text of some language.
func hostile(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, command := range []string{
		`</title></text></g></svg><script>alert(1)</script>`, `]]> &amp; <!--`, `"]; evil [label="`, `"]:::x; click n1 evil`, "`**bold**` #quot; #35;",
		`\" \N \l <b>x</b>`, strings.Repeat("日本語", 60), strings.Repeat("e\u0301", 90), strings.Repeat("W", 300), "%%{init: {}}%%", `end`, "a\x1b[31mb\u202ec",
	} {
		out = append(out, "build: {run: ["+"["+strconv.QuoteToASCII(command)+", x]"+"]}\nbinary: hello\n")
	}
	return out
}

// TestForeignText: no text of a Scratchfile is read as the language of a picture.
func TestForeignText(t *testing.T) {
	for _, data := range hostile(t) {
		all := steps(t, data)
		for name, draw := range map[string]func([]plan.Step) (string, error){"dot": DOT, "mermaid": Mermaid, "svg": SVG} {
			text, err := draw(all)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(text, "\x1b\u202e") {
				t.Errorf("%s: raw characters: %q", name, text)
			}
			switch name {
			case "svg":
				for dec := xml.NewDecoder(strings.NewReader(text)); ; {
					token, err := dec.Token()
					if err == io.EOF {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					if start, ok := token.(xml.StartElement); ok && !strings.Contains(" svg title style g rect text path ", " "+start.Name.Local+" ") {
						t.Errorf("an element %s", start.Name.Local)
					}
				}
			case "dot":
				if lines, want := strings.Count(text, "\n"), strings.Count(text, "[label=\"")+strings.Count(text, " -> ")+5; lines > want {
					t.Errorf("%d lines, want %d:\n%s", lines, want, text)
				}
				for line := range strings.Lines(text) {
					if rest, ok := strings.CutPrefix(line, "  n"); ok && strings.Contains(rest, "[label=") && !strings.HasSuffix(dotRest(rest), "]\n") {
						t.Errorf("the label ends early: %s", line)
					}
				}
			case "mermaid":
				for line := range strings.Lines(text) {
					if strings.Contains(line, `"`) && strings.Count(line, `"`) != 2 {
						t.Errorf("the label ends early: %s", line)
					}
					if strings.ContainsAny(line, "<`%;") && strings.ContainsAny(strings.NewReplacer("#", "").Replace(line), "<`%") {
						t.Errorf("Mermaid reads more than text: %s", line)
					}
				}
			}
		}
	}
}

// dotRest returns what is behind the label of a node.
func dotRest(line string) string {
	_, label, _ := strings.Cut(line, `[label="`)
	for i := 0; i < len(label); i++ {
		switch label[i] {
		case '\\':
			i++
		case '"':
			return label[i:]
		}
	}
	return ""
}

// TestReadableInBothModes: white text can be read on each box, and lines, grey text and
// boxes can be told from a white page and from a dark one.
func TestReadableInBothModes(t *testing.T) {
	const white, dark = "#ffffff", "#0d1117"
	require := func(a, b string, least float64) {
		t.Helper()
		if c := contrast(t, a, b); c < least {
			t.Errorf("%s on %s has the contrast %.2f, less than %.1f", a, b, c, least)
		}
	}
	for _, s := range styles {
		require(white, s.fill, 4)
		require(s.fill, white, 2.5)
		require(s.fill, dark, 2.5)
	}
	require(lineColour, white, 4)
	require(lineColour, dark, 4)
}

// contrast is that of WCAG.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(colour string) float64 {
		n, err := strconv.ParseUint(colour[1:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, share := range []float64{0.0722, 0.7152, 0.2126} {
			c := float64(n>>(8*i)&0xff) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += share * c
		}
		return sum
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestManyBoxes: boxes that are alike are one, and a picture that nobody can read is an
// error.
func TestManyBoxes(t *testing.T) {
	many := func(n int, item string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "  - "+item+"\n", i)
		}
		return b.String()
	}
	contexts := steps(t, "build:\n  run: make\n  sources:\n"+many(50, "{context: c%d, to: c%[1]d}")+"binary: hello\n")
	if all := nodes(contexts); len(all) > 10 {
		t.Errorf("%d boxes of %d steps", len(all), len(contexts))
	}
	text, err := SVG(contexts)
	if err != nil || !strings.Contains(text, "and 49 more") {
		t.Errorf("%v\n%s", err, text)
	}
	for name, draw := range map[string]func([]plan.Step) (string, error){"dot": DOT, "mermaid": Mermaid, "svg": SVG} {
		if _, err := draw(chain(maxBoxes + 1)); err == nil || !strings.Contains(err.Error(), "at most 200") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := SVG(chain(maxBoxes)); err != nil {
		t.Error(err)
	}
}

// chain returns steps that each need the one before and the first: no graph of so many has
// more joints.
func chain(n int) []plan.Step {
	out := []plan.Step{{Kind: plan.KindBase, Source: &plan.Source{Base: "x"}}}
	for i := 1; i < n; i++ {
		out = append(out, plan.Step{Kind: plan.KindBuild, Title: "make", Exec: &plan.Exec{Root: plan.Ref{Step: i, Path: "/"}, Mounts: []plan.Mount{{From: plan.Ref{Step: 1, Path: "/"}}}}})
	}
	return out
}

func TestWrap(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"a  b\tc":                   "a b c",
		strings.Repeat("x", 40):     strings.Repeat("x", 32) + "|" + strings.Repeat("x", 8),
		strings.Repeat("日", 17):     strings.Repeat("日", 16) + "|日",
		strings.Repeat("word ", 50): strings.TrimSpace(strings.Repeat("word ", 6)) + "|" + strings.TrimSpace(strings.Repeat("word ", 6)) + "|" + strings.TrimSpace(strings.Repeat("word ", 6)) + "…",
	} {
		if got := strings.Join(wrap(in), "|"); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

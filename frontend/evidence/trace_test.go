package evidence

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// files returns what tells the files of a test.
func files(names ...string) func(string) bool {
	return func(p string) bool { return slices.Contains(names, p) }
}

// text returns what was taken, a file or a member a line.
func (t *Trace) text() string {
	var out strings.Builder
	for _, f := range t.Taken {
		fmt.Fprintln(&out, f.Path)
		for _, m := range f.Members {
			fmt.Fprintf(&out, "  %s", m.Name)
			if m.By != "" {
				fmt.Fprintf(&out, " for %s of %s", m.Symbol, m.By)
			}
			fmt.Fprintln(&out)
		}
	}
	return out.String()
}

// What the linkers print, as recorded. Lines of theirs that are not of a trace are mixed in.
const (
	gnuTrace = "/usr/lib/crt1.o\na.o\nlibx.a\n(libx.a)f.o\n(libx.a)g.o\nlib(y).a\n(lib(y).a)h (1).o\nlibthin.a\n./t.o\n" +
		"libx.a\nMemory region         Used Size\n/tmp/ccW9RykM.ltrans0.ltrans.o\n(not a.a)member\n"
	goldTrace = "/usr/lib/crt1.o\na.o\nlibx.a(f.o)\nlibx.a(g.o)\nlib(y).a(h (1).o)\n./libthin.a(./t.o)\n" +
		"/tmp/ccf1vhhB.ltrans0.ltrans.o\nlibx.a(f.o) is not\n"
	lldTrace  = "/usr/lib/crt1.o\na.o\nlibx.a(f.o)\nlibx.a(g.o)\nlibthin.a(t.o)\nld.lld: a line\n"
	moldTrace = "trace: /usr/lib/crt1.o\ntrace: a.o\ntrace: libx.a(f.o)\ntrace: libx.a(g.o)\ntrace: libx.a(u.o)\na.o\nremoving unused section a.o:(.text)\n"
)

var traceFiles = files("/usr/lib/crt1.o", "a.o", "libx.a", "lib(y).a", "libthin.a", "./libthin.a", "./t.o")

func TestReadOutput(t *testing.T) {
	for _, tt := range []struct {
		name  string
		kind  Kind
		text  string
		args  Args
		taken string
		users string
	}{
		{"GNU ld", GNU, gnuTrace, Args{},
			"/usr/lib/crt1.o\na.o\nlibx.a\n  f.o\n  g.o\nlib(y).a\n  h (1).o\nlibthin.a\n./t.o\n/tmp/ccW9RykM.ltrans0.ltrans.o\n",
			"Memory region         Used Size\n(not a.a)member\n"},
		{"GNU ld, the user traces", GNU, gnuTrace, Args{Trace: 1},
			"/usr/lib/crt1.o\na.o\nlibx.a\n  f.o\n  g.o\nlib(y).a\n  h (1).o\nlibthin.a\n./t.o\n/tmp/ccW9RykM.ltrans0.ltrans.o\n",
			"/usr/lib/crt1.o\na.o\nlibx.a\nlib(y).a\nlibthin.a\n./t.o\nlibx.a\nMemory region         Used Size\n/tmp/ccW9RykM.ltrans0.ltrans.o\n(not a.a)member\n"},
		{"GNU ld, the user traces members", GNU, "a.o\nlibx.a\n(libx.a)f.o\n", Args{Trace: 2}, "a.o\nlibx.a\n  f.o\n", "a.o\nlibx.a\n(libx.a)f.o\n"},
		{"GNU ld, verbose", GNU, "a.o\nlibx.a\n(libx.a)f.o\n", Args{Verbose: true}, "a.o\nlibx.a\n  f.o\n", "a.o\nlibx.a\n(libx.a)f.o\n"},
		{"gold", Gold, goldTrace, Args{},
			"/usr/lib/crt1.o\na.o\nlibx.a\n  f.o\n  g.o\nlib(y).a\n  h (1).o\n./libthin.a\n  ./t.o\n/tmp/ccf1vhhB.ltrans0.ltrans.o\n",
			"libx.a(f.o) is not\n"},
		{"gold, the user traces", Gold, "a.o\nx\n", Args{Trace: 1}, "a.o\n", "a.o\nx\n"},
		{"lld", LLD, lldTrace, Args{Verbose: true}, "/usr/lib/crt1.o\na.o\nlibx.a\n  f.o\n  g.o\nlibthin.a\n  t.o\n", "ld.lld: a line\n"},
		{"mold", Mold, moldTrace, Args{}, "/usr/lib/crt1.o\na.o\nlibx.a\n  f.o\n  g.o\n  u.o\n", "a.o\nremoving unused section a.o:(.text)\n"},
		{"mold, a name that is not found", Mold, "trace: b.o\ntrace: y.a(f.o)\n", Args{}, "b.o\ny.a(f.o)\n", ""},
		{"no line break at the end", LLD, "a.o\nlibx.a(f.o)", Args{}, "a.o\nlibx.a\n  f.o\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trace := NewTrace(traceFiles)
			users := trace.ReadOutput(tt.kind, []byte(tt.text), tt.args)
			if got := trace.text(); got != tt.taken {
				t.Errorf("taken:\n%swant:\n%s", got, tt.taken)
			}
			if string(users) != tt.users {
				t.Errorf("the user's:\n%swant:\n%s", users, tt.users)
			}
		})
	}
}

const gnuMap = `Archive member included to satisfy reference by file (symbol)

libx.a(f.o)                   a.o (f)
libx.a(g.o)                   f.o (symbol from plugin) (g)
/usr/lib/very/long/libc.a(puts.o)
                              libx.a(f.o) (puts)
lib(y).a(h (1).o)             a.o (ns::f(int, char (*)[2]))

Discarded input sections

 .text          0x0000000000000000        0x0 libx.a(never.o)
`

func TestAddReasons(t *testing.T) {
	const libc = "/usr/lib/very/long/libc.a"
	trace := NewTrace(files("a.o", "libx.a", "lib(y).a", libc))
	trace.ReadOutput(GNU, []byte("a.o\nlibx.a\n(libx.a)f.o\n"+libc+"\n("+libc+")puts.o\nlib(y).a\n(lib(y).a)h (1).o\n"), Args{})
	if err := trace.AddReasons(GNU, strings.NewReader(gnuMap)); err != nil {
		t.Fatal(err)
	}
	want := "a.o\nlibx.a\n  f.o for f of a.o\n  g.o for g of f.o\n" +
		libc + "\n  puts.o for puts of libx.a(f.o)\nlib(y).a\n  h (1).o for ns::f(int, char (*)[2]) of a.o\n"
	if got := trace.text(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestGoldNamesArchives: an archive without its members is not taken for all of it.
func TestGoldNamesArchives(t *testing.T) {
	const text = "Archive member included because of file (symbol)\n\nlibx.a                        a.o (f)\n\n"
	if err := NewTrace(files("a.o", "libx.a")).AddReasons(Gold, strings.NewReader(text)); err == nil {
		t.Error("no error")
	}
}

func TestAddExtracts(t *testing.T) {
	trace := NewTrace(files("a.o", "libx.a"))
	trace.ReadOutput(LLD, []byte("a.o\nlibx.a(f.o)\nlibx.a(g.o)\n"), Args{})
	text := "reference\textracted\tsymbol\na.o\tlibx.a(f.o)\tf\nlibx.a(f.o)\tlibx.a(g.o)\tg\nlater\tlibx.a(g.o)\tg\nodd\n"
	if err := trace.AddExtracts(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if got, want := trace.text(), "a.o\nlibx.a\n  f.o for f of a.o\n  g.o for g of libx.a(f.o)\n"; got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestMoldReadsMore: mold traces members that do not go in.
func TestMoldReadsMore(t *testing.T) {
	const head = "               VMA       Size Align Out     In      Symbol\n          0x200270         32     8 .text\n"
	for _, tt := range []struct {
		name, text string
		exact      bool
		want       string
	}{
		{"in the map", head + "          0x22ab25         38     1         a.o:(.text)\n          0x22ab4b         11     1         libx.a(f.o):(.text)\n" +
			"          0x22ab4b          0     0                 libx.a(u.o):(.symbol)\n", true, "a.o\nlibx.a\n  f.o\n"},
		{"optimized", head + "          0x2a1a16         36     1         /tmp/ccuBKvnz.ltrans0.ltrans.o:(.text)\n", false, "a.o\nlibx.a\n  f.o\n  u.o\n"},
		{"nothing", "", true, "a.o\nlibx.a\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trace := NewTrace(files("a.o", "libx.a"))
			trace.ReadOutput(Mold, []byte("trace: a.o\ntrace: libx.a(f.o)\ntrace: libx.a(u.o)\n"), Args{})
			exact, err := trace.KeepMapped(strings.NewReader(tt.text))
			if err != nil || exact != tt.exact {
				t.Errorf("exact %v, error %v", exact, err)
			}
			if got := trace.text(); got != tt.want {
				t.Errorf("got:\n%swant:\n%s", got, tt.want)
			}
		})
	}
}

// FuzzTrace: whatever linkers print, what is the user's is a part of it, and no name is
// there twice.
func FuzzTrace(f *testing.F) {
	for _, s := range []string{gnuTrace, goldTrace, lldTrace, moldTrace} {
		f.Add(s, gnuMap)
	}
	f.Fuzz(func(t *testing.T, printed, text string) {
		for _, kind := range []Kind{GNU, Gold, LLD, Mold} {
			trace := NewTrace(func(p string) bool { return traceFiles(p) || strings.HasSuffix(p, ".a") })
			users := trace.ReadOutput(kind, []byte(printed), Args{})
			if len(users) > len(printed) {
				t.Fatalf("%d bytes of %d", len(users), len(printed))
			}
			trace.AddReasons(kind, strings.NewReader(text)) //nolint:errcheck // a line that is too long
			trace.AddExtracts(strings.NewReader(text))      //nolint:errcheck // likewise
			seen := map[string]bool{}
			for _, taken := range trace.Taken {
				for _, m := range taken.Members {
					if name := taken.Path + "\x00" + m.Name; seen[name] {
						t.Fatalf("%q twice", name)
					} else {
						seen[name] = true
					}
				}
			}
			trace.KeepMapped(strings.NewReader(text)) //nolint:errcheck // likewise
		}
	})
}

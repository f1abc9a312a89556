package evidence

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseArgs(t *testing.T) {
	for _, tt := range []struct {
		args string
		want Args
	}{
		{"a.o", Args{Output: "a.out", Inputs: []string{"a.o"}}},
		{"-o out a.o", Args{Output: "out", Inputs: []string{"a.o"}}},
		{"-oout a.o", Args{Output: "out", Inputs: []string{"a.o"}}},
		{"-omagic a.o", Args{Output: "magic", Inputs: []string{"a.o"}}},
		{"--output=out a.o", Args{Output: "out", Inputs: []string{"a.o"}}},
		{"--output out a.o", Args{Output: "out", Inputs: []string{"a.o"}}},
		{"-o first -o last a.o", Args{Output: "last", Inputs: []string{"a.o"}}},
		{"a.o -o", Args{Output: "", Inputs: []string{"a.o"}}},
		{"-static -pie -static a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Options: []string{"--static", "--pie"}}},
		{"-z stack-size=8388608 -zrelro a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Options: []string{"-z stack-size=8388608", "-z relro"}}},
		{"-lx -l y -Lfolder -L other -T s.ld --version-script=v", Args{Output: "a.out", Inputs: []string{"-lx", "-ly"},
			Options: []string{"-l x", "-l y"}, Folders: []string{"folder", "other"}, Scripts: []string{"s.ld", "v"}}},
		{"-m elf_x86_64 -melf_i386 -O2 -e main a.o", Args{Output: "a.out", Inputs: []string{"a.o"},
			Options: []string{"-m elf_x86_64", "-m elf_i386", "-O 2", "-e main"}, Emulation: "elf_i386"}},
		{"--build-id a.o --build-id=sha1", Args{Output: "a.out", Inputs: []string{"a.o"}, Options: []string{"--build-id", "--build-id=sha1"}}},
		{"-t --trace -t a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Trace: 3}},
		{"--verbose a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Verbose: true}},
		{"-Map=m a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Map: true}},
		{"-Map - a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Map: true, Printed: true}},
		{"--print-map a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Map: true, Printed: true}},
		{"--cref a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Map: true}},
		{"--version", Args{Output: "a.out", Asks: true}},
		{"-run make", Args{Output: "a.out", Asks: true, Inputs: []string{"make"}}},
		{"--reproduce=x a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Copies: true}},
		{"-b binary data", Args{Output: "a.out", Inputs: []string{"data"}, Binary: true, Options: []string{"-b binary"}}},
		{"a.o --start-lib b.o --end-lib", Args{Output: "a.out", Inputs: []string{"a.o", "b.o"}, Lib: true}},
		{"-C sub a.o", Args{Output: "a.out", Inputs: []string{"a.o"}, Moves: true}},
		{"- -- -", Args{Output: "a.out", Inputs: []string{"-", "-"}}},
	} {
		if got := ParseArgs(strings.Fields(tt.args)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s\n got  %+v\n want %+v", tt.args, got, tt.want)
		}
	}
}

// TestOptionsHideSecrets: a value that a secret can be in is in no record.
func TestOptionsHideSecrets(t *testing.T) {
	const secret = "hunter2"
	for _, args := range [][]string{
		{"--defsym=KEY=" + secret}, {"--defsym", "KEY=" + secret}, {"-defsym", secret}, {"-rpath", secret}, {"-rpath=" + secret},
		{"-plugin-opt=" + secret}, {"--plugin-opt", secret}, {"--no-such-option=" + secret}, {"--no-such-" + secret}, {"-X" + secret}, {"-extra-" + secret}, {"-u" + secret}, {"-mllvm", secret}, {"-dy" + secret},
		{"--package-metadata={\"token\":\"" + secret + "\"}"}, {secret}, {"-L" + secret}, {"-o", secret}, {"-Map=" + secret},
		{"--section-start=.x=" + secret}, {"--dependency-file=" + secret}, {"--reproduce", secret}, {"-T", secret}, {"-q" + secret},
	} {
		if got := ParseArgs(args).Options; strings.Contains(strings.Join(got, " "), secret) {
			t.Errorf("%q gives %q", args, got)
		}
	}
}

func TestExpand(t *testing.T) {
	read := func(path string, _ int64) ([]byte, error) {
		text, ok := map[string]string{
			"one":    "-static  'a b.o'\n\"c'd\" e\\ f '' @two",
			"two":    "x.o\n@none",
			"itself": "y.o @itself",
		}[path]
		if !ok {
			return nil, os.ErrNotExist
		}
		return []byte(text), nil
	}
	got := Expand([]string{"ld", "@one", "@", "z.o"}, read)
	if want := []string{"ld", "-static", "a b.o", "c'd", "e f", "", "x.o", "@none", "@", "z.o"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Expand([]string{"@itself"}, read); len(got) != maxNesting+1 {
		t.Errorf("a file that names itself gives %q", got)
	}
}

func FuzzArgs(f *testing.F) {
	f.Add("-o out -static\x00@one -la", "a 'b' @one")
	f.Fuzz(func(t *testing.T, args, response string) {
		reads := 0
		a := ParseArgs(Expand(strings.Split(args, "\x00"), func(string, int64) ([]byte, error) {
			if reads++; reads > 100 {
				return nil, os.ErrNotExist
			}
			return []byte(response), nil
		}))
		for _, o := range a.Options {
			if Printable(o) != o {
				t.Errorf("option %q", o)
			}
		}
	})
}

// TestResponseFilesAreCounted: files that name others, and no argument, are read to a limit.
func TestResponseFilesAreCounted(t *testing.T) {
	reads := 0
	Expand([]string{"@many"}, func(path string, _ int64) ([]byte, error) {
		if reads++; path == "many" {
			return []byte(strings.Repeat("@more ", 1000)), nil
		}
		if path == "more" {
			return []byte(strings.Repeat("@none ", 1000)), nil
		}
		return nil, nil
	})
	if reads > 10000 {
		t.Errorf("%d files were read", reads)
	}
}

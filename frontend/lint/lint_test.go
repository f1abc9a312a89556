package lint

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// summaries returns "rule: text in the file" for each warning.
func summaries(sf *spec.Scratchfile) []string {
	list := []string{}
	for _, w := range Run(sf) {
		list = append(list, w.Rule+": "+textOf(sf.Data, w.Range))
	}
	return list
}

// textOf returns the part of a file that a range covers.
func textOf(data []byte, r spec.Range) string {
	var b strings.Builder
	line, column := 1, 1
	for _, char := range strings.TrimPrefix(string(data), "\ufeff") {
		at := spec.Position{Line: line, Column: column}
		if yamlfile.ComparePositions(at, r.Start) >= 0 && yamlfile.ComparePositions(at, r.End) < 0 {
			b.WriteRune(char)
		}
		if column++; char == '\n' {
			line, column = line+1, 1
		}
	}
	return b.String()
}

// TestFiles runs all rules on small files.
func TestFiles(t *testing.T) {
	const (
		build = "build: {run: make}\n"
		tail  = "binary: app\nimage: {user: 1000}\n"
	)
	tests := []struct {
		name, file string
		want       []string
	}{
		{"args in strings", "args: {A: 1, B: \"${A}\", C: 2, D: 3, E: 4, F: 5, G: }\nbuild: {base: \"x:${C:-$D}\", env: {X: '\\$E'}, run: make}\n" +
			"binary: app\nimage: {user: 1000, labels: {F: x, a: \"$G\"}}\n", []string{"UnusedArg: B", "UnusedArg: E", "UnusedArg: F"}},
		{"args in run", "args: {A: 1, B: 2, C: 3, LONG: 4, LONGER: 5}\nbuild: {run: 'echo \"${A:-x}\" $((B+1)); printenv C; echo $LONGER'}\n" + tail,
			[]string{"UnusedArg: LONG"}},
		{"args that tools read", "args: {CFLAGS: -O2, GOFLAGS: -v, CARGO_HOME: /c, PREFIXED: x}\n" + build + tail, []string{"UnusedArg: PREFIXED"}},
		{"a comment is no use", "args: {A: 1}\n# $A\n" + build + tail, []string{"UnusedArg: A"}},

		{"default base", build + tail, []string{}},
		{"base with a port", "build: {base: 'localhost:5000/alpine', run: make}\n" + tail, []string{"UnpinnedBase: 'localhost:5000/alpine'"}},
		{"base with a digest", "build: {base: 'alpine:latest@sha256:aa', run: make}\n" + tail, []string{}},
		{"other images", "build: {run: make, sources: [{image: 'a:latest', path: /a}]}\nfiles: [{image: b, path: /b}, {image: 'c:1', path: /c}]\n" +
			"binary: [{image: 'd@sha256:aa', path: /d}, {image: e, path: /e}]\nimage: {user: 1000}\n",
			[]string{"LatestTag: 'a:latest'", "UnpinnedBase: b", "UnpinnedBase: e"}},
		{"git places", "build: {run: make, sources: [{git: 'https://g/a'}]}\nfiles: [{git: 'https://g/b', to: /b}]\nbinary: {git: 'https://g/c', path: c}\nimage: {user: 1000}\n",
			[]string{"UnpinnedGit: {git: 'https://g/a'}", "UnpinnedGit: {git: 'https://g/b', to: /b}", "UnpinnedGit: {git: 'https://g/c', path: c}"}},
		{"latest from an arg", "args: {V: latest}\nbuild: {base: 'alpine:${V}', run: make}\n" + tail, []string{"LatestTag: 'alpine:${V}'"}},

		{"package versions", "build: {packages: [a=1.2.3-r4, b~1.2, c>=1, d<=1, e~=1, f=~1, 'so:g=2024'], run: make}\n" + tail,
			[]string{"VanishingPackage: a=1.2.3-r4", "VanishingPackage: 'so:g=2024'"}},

		{"names of secrets", build + "binary: app\nimage:\n  user: 1000\n  env: {DB_PASSWORD: x, TOKEN_FILE: y, API_KEY: '', SECRET: /run/s, TOKENIZER: z, MAX_TOKENS: 9, " +
			"PUBLIC_ACCESS_KEY: k, PASSWORD_MIN_LENGTH: 8, SECRET_REQUIRED: true, private_key: k}\n  labels: {com.example.api-key: x}\n",
			[]string{"SecretInEnv: DB_PASSWORD", "SecretInEnv: private_key", "SecretInEnv: com.example.api-key"}},
		{"forms of secrets", "args: {ID: " + fakeAWS + "}\nbuild: {env: {A: 'x " + fakeGitHub + "', B: ghp_short}, run: 'make $ID'}\n" + tail,
			[]string{"SecretInEnv: ID", "SecretInEnv: A"}},
		{"a key of several lines", build + "binary: app\nimage:\n  user: 1000\n  env:\n    K: |\n      -----BEGIN RSA PRIVATE KEY-----\n      abc\n", []string{"SecretInEnv: K"}},
		{"an arg without a value", "args: {TOKEN: }\nbuild: {run: make $TOKEN}\n" + tail, []string{}},

		{"certificates in a folder", "build: {packages: [curl-dev~8], run: make}\nfiles: [{from: ., to: /}]\n" + tail, []string{}},
		{"certificates below", "build: {packages: [curl-dev~8], run: make}\nfiles: [{from: ca.pem, to: /etc/ssl/certs/}]\n" + tail, []string{}},
		{"certificates by variable", "build: {packages: [curl-dev~8], run: make}\nbinary: app\nimage: {user: 1000, env: {SSL_CERT_FILE: /ca.pem}}\n", []string{}},
		{"certificates included", "build: {packages: [curl-dev~8], run: make}\ninclude: [ca-certificates]\n" + tail, []string{}},
		{"other files", "build: {packages: [zlib-dev, 'curl-dev~8', openssl-dev], run: make}\nfiles: [{from: a, to: /etc/ssl/openssl.cnf}]\n" + tail,
			[]string{"MissingCABundle: 'curl-dev~8'"}},

		{"root by number", build + "binary: app\nimage: {user: 0:1000}\n", []string{"RootUser: 0:1000"}},
		{"root by default", build + "binary: {from: app}\n", []string{"RootUser: {from: app}"}},

		{"commands", build + "binary: [app, tool]\nfiles: [data]\nimage: {user: 1000, entrypoint: [/data/run], healthcheck: {test: [/bin/sh, -c, x]}}\n" +
			"test: [{run: [/tool]}, {run: [/other]}, {run: [relative]}, {run: [/x/../app]}]\n",
			[]string{"EntrypointMissing: /bin/sh", "EntrypointMissing: /other"}},
		{"commands of folders, patterns and links", build + "binary: [{from: out, to: /bin/}, {from: 'tool-*', to: /usr/bin/}]\n" +
			"files: [{link: /a, to: /bin/a}]\nimage: {user: 1000, entrypoint: [/bin/x]}\ntest: [{run: [/usr/bin/tool-y]}, {run: [/a]}, {run: [/a/b]}]\n",
			[]string{"EntrypointMissing: /a/b"}},
		{"unverified programs", build + "files:\n  - {from: a, unverified: true}\n  - {from: b, unverified: false}\n  - {from: c, to: /c/, unverified: true}\n" + tail,
			[]string{"UnverifiedProgram: {from: a, unverified: true}", "UnverifiedProgram: {from: c, to: /c/, unverified: true}"}},
		{"a program into a folder", build + "binary: {from: app, to: /bin/}\nimage: {user: 1000}\n", []string{"EntrypointMissing: {from: app, to: /bin/}"}},
		{"a folder of programs that starts nothing", build + "binary: {from: out, to: /bin/}\nimage: {user: 1000, entrypoint: []}\n", []string{}},
		{"command without entrypoint", build + "binary: app\nimage: {user: 1000, entrypoint: [], cmd: [/bin/sh]}\n", []string{"EntrypointMissing: /bin/sh"}},
		{"command as arguments", build + "binary: app\nimage: {user: 1000, cmd: [/bin/sh]}\n", []string{}},
		{"health check off", build + "binary: app\nimage: {user: 1000, healthcheck: none}\n", []string{}},
		{"command on a volume", build + "binary: app\nimage: {user: 1000, entrypoint: [/data/run], volumes: [/data]}\ntest: [{run: [/data/run]}]\n",
			[]string{"EntrypointMissing: /data/run"}},

		{"apk with network", "build: {network: default, run: apk add x}\n" + tail, []string{}},
		{"apk in a fetch", "build: {fetch: apk add x, run: make}\n" + tail, []string{}},
		{"each script by itself", "build: {run: [cd a && make, [sudo, make], sudo make, 'make | tee log']}\n" + tail,
			[]string{"NeedlessSudo: sudo make", "PipeHidesFailure: make | tee log"}},
		{"args of a fetch", "args: {A: a, B: b, C: c}\nbuild: {fetch: get $A, run: [[make, $B]]}\n" + tail, []string{"UnusedArg: C"}},
		{"sudo as a package", "build: {packages: [sudo], run: sudo make}\n" + tail, []string{}},

		{"static by variable", "build: {env: {LDFLAGS: -static}, run: gcc a.c $LDFLAGS -o app}\n" + tail, []string{}},
		{"static by arg", "args: {MODE: -static-pie}\nbuild: {run: gcc a.c $MODE -o app}\n" + tail, []string{}},
		{"known variable", "build: {env: {CFLAGS: -O2}, run: gcc a.c $CFLAGS -o app}\n" + tail, []string{"MissingStaticFlag: gcc a.c $CFLAGS -o app"}},
		{"variable that compiles only", "build: {env: {CFLAGS: -O2 -c}, run: gcc a.c $CFLAGS -o app}\n" + tail, []string{}},
		{"binary elsewhere", "build: {run: gcc a.c -o /out/app}\nbinary: /out/app\nimage: {user: 1000}\n", []string{"MissingStaticFlag: gcc a.c -o /out/app"}},
		{"default output", "build: {run: musl-gcc a.c}\nbinary: a.out\nimage: {user: 1000}\n", []string{"MissingStaticFlag: musl-gcc a.c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, summaries(parse(t, tt.file))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Values with the form of secrets, in parts, so that scanners of source code ignore them.
const (
	fakeAWS    = "AKIA" + "ABCDEFGHIJKLMNOP"
	fakeGitHub = "ghp_" + "000000000000000000000000000000000000"
)

// TestScripts runs all rules on scripts.
func TestScripts(t *testing.T) {
	tests := []struct {
		script string
		want   []string
	}{
		// PipeHidesFailure
		{"make | tee log", []string{"PipeHidesFailure: make | tee log"}},
		{"make 2>&1 |\n  tee log", []string{"PipeHidesFailure: make 2>&1 |\n    tee log"}},
		{"cat a | sed s/a/b/ >c", []string{"PipeHidesFailure: cat a | sed s/a/b/ >c"}},
		{"echo x | make | cat", []string{"PipeHidesFailure: echo x | make | cat"}},
		{"test -f x && make | cat", []string{"PipeHidesFailure: make | cat"}},
		{"(make; echo) | cat", []string{"PipeHidesFailure: (make; echo) | cat"}},
		{"for i in a b; do $i; done | cat", []string{"PipeHidesFailure: for i in a b; do $i; done | cat"}},
		{"f() { make | cat; }\nf", []string{"PipeHidesFailure: make | cat"}},
		{"case $x in a|b) make | cat;; *) :;; esac", []string{"PipeHidesFailure: make | cat"}},
		{"echo $(git log | tr a b)", nil},
		{"yes | make; printf x | patch; find . | xargs rm; { echo a; echo b; } | patch", nil},
		{"make | head -1; make | grep -q x; make | grep -m1 x", nil},
		{"make | grep x", []string{"PipeHidesFailure: make | grep x"}},
		{"set -o pipefail\nmake | tee log", nil},
		{"set -euo pipefail; make | tee log", nil},
		{"make | tee log; [ $? = 0 ]", nil},
		{"set +e; make | tee log", nil},
		{"if make | cat; then :; fi; while make | cat; do :; done; ! make | cat", nil},
		{"make | cat &\nwait", nil},
		{"curl x | tar x || exit 1", nil},
		{"echo 'make | tee'; echo \"make | tee\" # make | tee", nil},
		{"cat <<EOF\nmake | tee\nEOF\nmake", nil},
		{"cat <<-'EOF' >x\n\tmake | tee\n\tEOF\nmake | cat", []string{"PipeHidesFailure: make | cat"}},

		// AndHidesFailure
		{"cd a && make; make install", []string{"AndHidesFailure: cd a && make"}},
		{"cd a && make && cd ..\nmake", []string{"AndHidesFailure: cd a && make && cd .."}},
		{"./configure && make\nmake install", []string{"AndHidesFailure: ./configure && make"}},
		{"for d in a b; do cd $d && make; cd ..; done", []string{"AndHidesFailure: cd $d && make"}},
		{"cd a && make", nil},
		{"make; cd a && make", nil},
		{"(cd a && make); make", nil},
		{"[ -f x ] && make; command -v y && make; grep -q z w && make; make", nil},
		{"cd a && make || exit 1; make", nil},
		{"make test && echo fine; make", nil},
		{"configure && make; make", nil},

		// IgnoredFailure
		{"make || true", []string{"IgnoredFailure: make || true"}},
		{"x && gcc -c a.c || :", []string{"IgnoredFailure: x && gcc -c a.c || :"}},
		{"make check || true; rm x || true; strip x || :; make || exit 1; cargo test || true", nil},
		{"make || { true; }", nil},

		// NeedlessSudo
		{"sudo make install", []string{"NeedlessSudo: sudo make install"}},
		{"if x; then /usr/bin/sudo -E make; fi", []string{"NeedlessSudo: /usr/bin/sudo -E make"}},
		{"echo sudo; command -v sudo", nil},

		// PackagesInRun
		{"apk --no-cache add x && make", []string{"PackagesInRun: apk --no-cache add x"}},
		{"apk update", []string{"PackagesInRun: apk update"}},
		{"apk add --no-network x; apk add ./x.apk; apk add x.apk; apk add -X /repo y; apk info; apk add $FILES", nil},

		// MissingStaticFlag
		{"gcc a.c -o app", []string{"MissingStaticFlag: gcc a.c -o app"}},
		{"cc -oapp a.c $(pkg-config --static --libs x)", []string{"MissingStaticFlag: cc -oapp a.c $(pkg-config --static --libs x)"}},
		{"/usr/bin/x86_64-alpine-linux-musl-g++ -o ./app a.cc -lm", []string{"MissingStaticFlag: /usr/bin/x86_64-alpine-linux-musl-g++ -o ./app a.cc -lm"}},
		{"gcc -static a.c -o app", nil},
		{"gcc -Wl,-static a.c -o app; clang -static-pie b.c -o app", nil},
		{"X=-static; gcc a.c $X -o app", nil},
		{"gcc a.c $LDFLAGS -o app", nil},
		{"gcc a.c $(cat flags) -o app", nil},
		{"gcc a.c @flags -o app", nil},
		{"gcc -c a.c -o app; gcc -shared a.c -o app; gcc -nostdlib a.c -o app", nil},
		{"gcc gen.c -o gen && ./gen > app", nil},
		{"cd sub; gcc a.c -o app", nil},
		{"gcc a.c -o $OUT; gcc --version; gcc", nil},

		// Not understood, so without a warning.
		{"make | tee log; [[ a && b ]]", nil},
		{"sudo x; echo 'open", nil},
		{"sudo x; cat <(y)", nil},
	}
	for _, tt := range tests {
		t.Run(tt.script, func(t *testing.T) {
			file := "build:\n  run: |\n    " + strings.ReplaceAll(tt.script, "\n", "\n    ") + "\nbinary: app\nimage: {user: 1000}\n"
			for i, w := range tt.want {
				// A warning of several lines shows the indentation of the file.
				tt.want[i] = strings.ReplaceAll(w, "\n  ", "\n    ")
			}
			want := append([]string{}, tt.want...)
			if diff := cmp.Diff(want, summaries(parse(t, file))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPlaces finds a part of a script in each of YAML's styles.
func TestPlaces(t *testing.T) {
	for _, tt := range []struct{ name, run, want string }{
		{"plain", "run: é; sudo 'x'", "sudo 'x'"},
		{"plain, two lines", "run: true;\n    sudo x\n  # comment", "sudo x"},
		{"single quotes", "run: 'echo ''é''; sudo ''x'''", "sudo ''x''"},
		{"double quotes", `run: "é; sudo x; y"`, "sudo x"},
		{"double quotes with escapes", `run: "true;\nsudo x"`, `"true;\nsudo x"`},
		{"literal", "run: | # comment\n\n    é\n      sudo x \\\n        y\n\n    z", "sudo x \\\n        y"},
		{"literal with header", "run: |2-\n    sudo x\n", "sudo x"},
		{"folded", "run: >-\n    true;\n\n    sudo\n    x; y", "sudo\n    x"},
	} {
		for _, ends := range []string{"\n", "\r\n"} {
			t.Run(fmt.Sprintf("%s %q", tt.name, ends), func(t *testing.T) {
				file := strings.ReplaceAll("\ufeffbuild:\n  "+tt.run+"\nbinary: app\nimage: {user: 1000}\n", "\n", ends)
				want := []string{"NeedlessSudo: " + strings.ReplaceAll(tt.want, "\n", ends)}
				if diff := cmp.Diff(want, summaries(parse(t, file))); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestSecretsStaySecret checks that no warning and no redacted text has a value,
// and that redaction leaves everything in its place.
func TestSecretsStaySecret(t *testing.T) {
	const file = "\ufeffargs: {TOKEN: hünter2, ID: " + fakeAWS + "}  # é\r\nbuild:\r\n  env:\r\n    DB_PASSWORD: |\r\n      hünter2\r\n      hünter2\r\n    Ä: x\r\n" +
		"  run: make $TOKEN $ID\r\nbinary: app\r\nimage: {user: 1000, labels: {secret: 'hünter2'}}\r\n"
	sf := parse(t, strings.Replace(file, "    Ä: x\r\n", "", 1))
	warnings := Run(sf)
	if len(warnings) != 4 {
		t.Errorf("got %d warnings, want 4: %+v", len(warnings), warnings)
	}
	redacted := string(Redact(sf))
	for _, text := range append([]string{redacted}, fmt.Sprintf("%+v", warnings)) {
		if strings.Contains(text, "nter2") || strings.Contains(text, fakeAWS) {
			t.Errorf("a secret is shown: %s", text)
		}
	}
	const want = "\ufeffargs: {TOKEN: *******, ID: ********************}  # é\r\nbuild:\r\n  env:\r\n    DB_PASSWORD: *\r\n      *******\r\n      *******\r\n" +
		"  run: make $TOKEN $ID\r\nbinary: app\r\nimage: {user: 1000, labels: {secret: *********}}\r\n"
	if diff := cmp.Diff(want, redacted); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNothingToRedact checks that a file without secrets does not change.
func TestNothingToRedact(t *testing.T) {
	sf := parse(t, "build: {run: make}\nbinary: app\n")
	if diff := cmp.Diff(sf.Data, Redact(sf)); diff != "" {
		t.Error(diff)
	}
}

// TestDetails checks what warnings say.
func TestDetails(t *testing.T) {
	sf := parse(t, "build: {packages: [openssh-server=9.9_p1-r2, tz=2024a], run: 'make || true'}\nbinary: app\nimage: {user: 0, entrypoint: [\"/a\\nb\"]}\n")
	var got []string
	for _, w := range Run(sf) {
		got = append(got, w.Detail)
	}
	want := []string{
		"Alpine's repositories keep one build of a package, so openssh-server=9.9_p1-r2 can't be installed any more once there is a newer one: write openssh-server~9.9, which takes its fixes",
		"Alpine's repositories keep one build of a package, so tz=2024a can't be installed any more once there is a newer one: write tz~2024a, which takes its fixes",
		"the build goes on if make fails, and may ship an older or broken program: remove what follows it",
		"the program runs as root, since image.user is 0: write image.user: 65532:65532, or any other user that is not 0",
		`image.entrypoint starts "/a\nb", which neither binary nor files puts into the image`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLimit checks that a file with very many mistakes has few warnings, and that the last one
// has the number of the others.
func TestLimit(t *testing.T) {
	got := Run(parse(t, "build:\n  run: |\n"+strings.Repeat("    sudo x\n", 1000)+"binary: app\nimage: {user: 1000}\n"))
	if len(got) != maxFindings {
		t.Fatalf("got %d warnings, want %d", len(got), maxFindings)
	}
	last := got[maxFindings-1]
	if last.Range.Start.Line != 2+maxFindings || !strings.HasSuffix(last.Detail, "(and 950 more of this kind)") {
		t.Errorf("the last warning is %+v", last)
	}
}

// TestDetailsArePrintable checks that a warning escapes what it prints of a script.
func TestDetailsArePrintable(t *testing.T) {
	const hostile = "\x1b[2J\u202e\u009b"
	run := []string{
		"'" + hostile + "' | tee log; make",
		"'" + hostile + "-gcc' -c a.c && make; make",
		"'" + hostile + "-gcc' a.c || true",
		"'" + hostile + "-gcc' a.c -o './" + hostile + "'",
		"'" + hostile + "/make' && make; sudo '" + hostile + "'",
		"'" + strings.Repeat("a", 1000) + "' | tee log",
	}
	sf := parse(t, "build: {base: a, packages: [a], run: make}\nbinary: [app]\nimage: {user: 0}\n")
	sf.Binaries[0].Path.Value = "/src/" + hostile
	sf.Build.Base.Value = hostile
	sf.Image.User.Value = "0:" + hostile
	sf.Image.Entrypoint = []spec.String{{Value: "/" + hostile}}
	sf.Image.Env = []spec.EnvVar{{Name: spec.String{Value: hostile + "_TOKEN"}, Value: spec.String{Value: "a"}}}
	sf.Build.Packages = []spec.Package{{String: spec.String{Value: hostile + "=" + hostile}}}
	sf.Build.Sources = []spec.Source{{Place: spec.Place{Git: &spec.GitPlace{Ref: spec.String{Value: hostile}}}}}
	sf.Build.Run = nil
	for _, script := range run {
		sf.Build.Run = append(sf.Build.Run, spec.Command{Script: script, Range: sf.Binaries[0].Range})
	}
	rules := make(map[string]bool)
	for _, w := range Run(sf) {
		rules[w.Rule] = true
		for _, r := range w.Detail {
			if !unicode.IsPrint(r) {
				t.Errorf("%s: %q", w.Rule, w.Detail)
				break
			}
		}
		if len(w.Detail) > 500 {
			t.Errorf("%s: a detail of %d bytes", w.Rule, len(w.Detail))
		}
	}
	for _, rule := range []string{"UnpinnedBase", "VanishingPackage", "UnpinnedGit", "SecretInEnv", "PipeHidesFailure", "AndHidesFailure",
		"IgnoredFailure", "NeedlessSudo", "MissingStaticFlag", "RootUser", "EntrypointMissing"} {
		if !rules[rule] {
			t.Errorf("%s has no warning to look at", rule)
		}
	}
}

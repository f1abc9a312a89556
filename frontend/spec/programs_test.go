package spec

import (
	"strings"
	"testing"
)

// TestProgramsAtOtherPlaces: a program whose name only the build knows may be nowhere that
// a named one may not be.
func TestProgramsAtOtherPlaces(t *testing.T) {
	for name, tc := range map[string]struct{ rest, at, want string }{
		"nothing there":           {"", "/bin/hello", ""},
		"a text":                  {"files: [{inline: x, to: /bin/hello}]", "/bin/hello", "/bin/hello is the destination of line 1 already"},
		"a file":                  {"files: [{from: x, to: /bin/hello}]", "/bin/hello", "/bin/hello is the destination of line 1 already"},
		"a link":                  {"files: [{link: /bin/hello, to: x}]", "/bin/hello", "/bin/hello is the destination of line 1 already"},
		"a folder":                {"files: [{dir: /bin/hello}]", "/bin/hello", "/bin/hello is the destination of line 1 already"},
		"below a text":            {"files: [{inline: x, to: /bin/hello}]", "/bin/hello/x", "lies below /bin/hello"},
		"above a text":            {"files: [{inline: x, to: /bin/hello/x}]", "/bin/hello", "lies below /bin/hello"},
		"a folder beside":         {"files: [{dir: /bin/hello}]", "/bin/hello/x", ""},
		"a file of an include":    {"include: [ca-certificates]", "/etc/ssl/cert.pem", "/etc/ssl/cert.pem is the destination of line 1 already"},
		"a database":              {"users: [{name: a, uid: 5}]", "/etc/passwd", "/etc/passwd is the destination of line 1 already"},
		"a file of the engine":    {"", "/etc/hosts", "container engines have files of their own at /etc/hosts"},
		"a folder of the kernel":  {"", "/proc", "belongs to the kernel"},
		"the workdir":             {"image: {workdir: /bin/hello}", "/bin/hello", "image.workdir: /bin/hello is the binary of line 1"},
		"above the workdir":       {"image: {workdir: /bin/hello/x}", "/bin/hello", "image.workdir: /bin/hello/x lies below /bin/hello"},
		"below a volume":          {"image: {volumes: [/opt]}", "/opt/hello", "what is mounted at /opt hides /opt/hello"},
		"a binary that is named ": {"", "/named/x", "lies below /named"},
	} {
		t.Run(name, func(t *testing.T) {
			sf, err := Parse("Scratchfile", []byte("binary: [{from: out, to: /}, {from: x, to: /named}]\n"+tc.rest+"\n"), Vars{})
			if err != nil {
				t.Fatal(err)
			}
			err = sf.CheckPrograms(map[int][]string{0: {"/a", tc.at}})
			switch {
			case err == nil && tc.want != "":
				t.Errorf("no error, want %q", tc.want)
			case err != nil && (tc.want == "" || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

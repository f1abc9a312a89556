//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/convert"
)

// converted is a Dockerfile, and what is around it.
type converted struct {
	dockerfile string
	files      map[string]string
	// other are the paths whose content differs by design, as that of user databases.
	other []string
	// programs are the paths of the context at which a static program is.
	programs []string
}

// convertedCases has one Dockerfile for each thing that public Dockerfiles of static
// programs do.
var convertedCases = map[string]converted{
	"a program": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add --no-cache build-base
WORKDIR /work
COPY . .
RUN gcc -static hello.c -o hello
FROM scratch
COPY --from=build /work/hello /usr/bin/hello
USER 65532:65532
ENV MODE=fast PATH=/opt/bin:$PATH
EXPOSE 8080
LABEL a="b c"
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/bin/hello"]
CMD ["-v"]
`},
	"small text": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base && echo 'hosts: files dns' > /nsswitch
WORKDIR /src
COPY hello.c ./
RUN gcc -static hello.c -o /hello
FROM scratch
COPY --from=build /hello /
COPY --from=build /nsswitch /etc/nsswitch.conf
COPY <<EOF /etc/passwd
root:x:0:0::/:
app:x:1000:1000::/:
EOF
COPY --chmod=0640 --chown=1000 <<EOF /etc/app.conf
price = \$5
EOF
USER 1000:1000
ENTRYPOINT ["/hello"]
`},
	"users": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base && echo "app:x:1500:1501::/srv:" > /passwd
WORKDIR /src
COPY hello.c hello.c
RUN gcc -static hello.c -o hello
FROM scratch
COPY --from=build /passwd /etc/passwd
COPY --from=build /src/hello /hello
COPY --chown=app app.conf /etc/app/
USER app
ENTRYPOINT ["/hello"]
`, files: map[string]string{"app.conf": "x"}, other: []string{"/etc/passwd", "/etc/group"}},
	"empty folders": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
RUN mkdir -p /img/data /img/run && chmod 1777 /img/run && chown 10:20 /img/data
WORKDIR /src
COPY . .
RUN gcc -static hello.c -o hello
FROM scratch
WORKDIR /var/lib/app
COPY --from=build /src/hello /hello
COPY --from=build /img/run /run/app
COPY --from=build --chown=10:20 /img/data /data
ENTRYPOINT ["/hello"]
`},
	"files of the build": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
WORKDIR /src
COPY . .
RUN gcc -static hello.c -o hello && ./hello > /out.txt && mkdir -p web/css && echo a > web/css/a.css && echo b > web/b.html
FROM scratch
COPY --from=build /src/hello /bin/hello
COPY --from=build /out.txt /etc/hello/out.txt
COPY --from=build /src/web /srv/www
ENTRYPOINT ["/bin/hello"]
`},
	"a tree with links": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
WORKDIR /src
COPY hello.c .
RUN mkdir -p /rootfs/usr/bin /rootfs/etc && gcc -static hello.c -o /rootfs/usr/bin/hello && echo x > /rootfs/etc/x
RUN ln -s hello /rootfs/usr/bin/hi
FROM scratch
COPY --from=build /rootfs /
ENTRYPOINT ["/usr/bin/hello"]
`},
	"programs by folder and pattern": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
WORKDIR /src
COPY hello.c .
RUN mkdir -p /out/bin && gcc -static hello.c -o /out/bin/a && cp /out/bin/a /out/bin/b && cp /out/bin/a /out/tool-c
FROM scratch
COPY --from=build /out/bin/ /usr/bin/
COPY --from=build /out/tool-* /usr/libexec/
CMD ["/usr/bin/a"]
`},
	"contents of folders": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
WORKDIR /src
COPY src/ .
COPY src/*.c copies/
RUN gcc -static copies/main.c -o hello
FROM scratch
COPY rootfs/ /
COPY etc /etc/
COPY --chmod=0755 --chown=5:6 public /srv/public
COPY --from=build /src/hello /usr/bin/
CMD ["/usr/bin/hello"]
`, files: map[string]string{"src/main.c": hello, "rootfs/opt/a": "a", "rootfs/b": "b", "etc/c/d": "d", "public/e": "e"}},
	"scripts": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
ENV CFLAGS="-O2 -static"
ARG WORD=some
WORKDIR /src
COPY . .
RUN echo $UNSET > empty; test -z "$UNSET"
RUN <<EOF
for i in 1 2; do
  echo "$i $WORD" >> list
done
EOF
WORKDIR sub
RUN pwd > where && gcc $CFLAGS ../hello.c \
    -o ../hello
FROM scratch
COPY --from=build /src/hello /hello
COPY --from=build /src/list /src/sub/where /src/empty /data/
ENTRYPOINT ["/hello"]
`},
	"several stages in a row": {dockerfile: `FROM ` + baseName + ` AS tools
RUN apk add build-base
FROM tools AS build
COPY hello.c /hello.c
RUN gcc -static -o /hello /hello.c
FROM scratch
COPY --from=build /hello /
CMD ["/hello"]
`},
	"capabilities": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
WORKDIR /src
COPY . .
RUN gcc setcap.c -o /usr/bin/setcap && gcc -static hello.c -o hello
RUN setcap cap_net_bind_service=+ep hello
FROM scratch
COPY --from=build /src/hello /bin/hello
ENTRYPOINT ["/bin/hello"]
`, files: map[string]string{"setcap.c": setNetBindService}},
	"files and programs of an image": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
WORKDIR /src
COPY hello.c .
COPY --from=tool /share/ made/
RUN gcc -static hello.c -o hello
FROM tool AS alias
FROM scratch
COPY --from=build /src/hello /hello
COPY --from=build /src/made /usr/share/made
COPY --from=tool /hello /usr/bin/tool
COPY --from=alias /share /usr/share/tool
ENTRYPOINT ["/hello"]
`},
	"only copies": {dockerfile: `FROM scratch
COPY bin/hello /usr/bin/hello
COPY --chmod=0755 --chown=7 conf /etc/hello/conf
ENTRYPOINT ["/usr/bin/hello"]
`, files: map[string]string{"conf": "x"}, programs: []string{"bin/hello"}},
	"downloads": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
WORKDIR /src
ADD --checksum=sha256:SUM SERVED/hello.c ./
RUN gcc -static hello.c -o hello
FROM scratch
COPY --from=build /src/hello /hello
ADD --checksum=sha256:SUM SERVED/hello.c /usr/src/
ENTRYPOINT ["/hello"]
`},
	"a build at the root": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
COPY . /
RUN gcc -static hello.c -o hello && install -D hello /usr/local/bin/tool && echo x > rel.txt
FROM scratch
COPY --from=build /usr/local/bin/tool /usr/local/bin/tool
COPY --from=build /rel.txt /rel.txt
ENTRYPOINT ["/usr/local/bin/tool"]
`},
	"here-documents and users and stages of the build": {dockerfile: `FROM ` + baseName + ` AS tools
RUN <<EOF sh -eux
apk add build-base
EOF
COPY <<A <<B /src/
one
A
two
B
FROM tools AS build
COPY --from=tools /src/A /copied/
COPY conf /opt/conf
COPY conf/a /opt/file/
COPY conf/b /opt/folder/
WORKDIR /src
COPY hello.c .
RUN gcc -static hello.c -o hello && cat A B /copied/A /opt/conf/a /opt/file/a /opt/folder/c > all
RUN mkdir -p /empty/run && echo $UNSET >> all
RUN addgroup -g 700 app && adduser -D -H -u 700 -G app app
FROM scratch
COPY --from=build /src/hello /hello
COPY --from=build /src/all /all
COPY --from=build /empty/run /run/app
COPY --from=build /etc/passwd /etc/group /etc/
COPY --chown=app conf /conf/
USER app
ENTRYPOINT ["/hello"]
`, files: map[string]string{"conf/a": "1", "conf/b/c": "2"}},
	"copied outside of the workdir": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
COPY conf /etc/conf
WORKDIR /src
COPY hello.c .
RUN gcc -static hello.c -o hello && cp -r /etc/conf .
FROM scratch
COPY --from=build /src/hello /hello
COPY --from=build /src/conf /etc/conf
ENTRYPOINT ["/hello"]
`, files: map[string]string{"conf/a": "1", "conf/b/c": "2"}},
	"placeholders": {dockerfile: `FROM ` + baseName + ` AS build
RUN mkdir /src
RUN apk add build-base
WORKDIR /src
COPY make.mk ./
RUN echo 'int main() { return 3; }' > hello.c && make -f make.mk && rm -f hello.c
COPY . .
RUN touch hello.c && make -f make.mk
FROM scratch
COPY --from=build /src/hello /hello
ENTRYPOINT ["/hello"]
`, files: map[string]string{"make.mk": "hello: hello.c\n\tgcc -static -o $@ hello.c\n"}},
	"sources of one name": {dockerfile: `ARG BASE="` + baseName + `"
FROM ${BASE:-scratch} AS build
RUN apk add build-base
ADD --checksum=sha256:SUM SERVED/hello.c /one.c
ADD --checksum=sha256:OTHER SERVED/other/hello.c /two.c
ADD one.tar /opt/one
ADD one.tar three/two/
RUN <<'A' cat > /x && <<'B' cat > /y
a \
 b $c
A
d\
e
B
WORKDIR /src
COPY conf/a b
COPY . .
RUN gcc -static hello.c -o hello && cat /one.c /two.c /x /y /opt/one/f /three/two/f b > all
FROM scratch
COPY --from=build /src/hello /hello
COPY --from=build /src/all /all
ENTRYPOINT ["/hello"]
`, files: map[string]string{"conf/a": "1", "b": "2", "one.tar": tarOf("f", "in the archive\n")}},
	"names and links": {dockerfile: `FROM ` + baseName + ` AS build
RUN apk add build-base
WORKDIR /src
COPY . .
RUN gcc -static hello.c -o hello && mkdir -p /o/usr/bin && echo old > /o/usr/bin/hello && ln -s hello /o/usr/bin/link && echo t > "a b.txt" && echo u > u.txt
FROM scratch
COPY b /srv
COPY conf/a /srv/f
COPY --from=build /o/ /
COPY --from=build /src/hello /usr/bin/hello
COPY --from=build /src/*.txt /data/
COPY ["sp ace/x [[]y].txt", "/q/"]
COPY na\$me /etc/
WORKDIR /data
COPY plain .
WORKDIR sub
COPY plain ./
ENV A=\$HOME B='$X' C="c:\\d" D=${Q:-"q r"}
LABEL "a.b"="it's" c='d "e"'
VOLUME v /w
ENTRYPOINT ["/usr/bin/hello"]
`, files: map[string]string{"conf/a": "one", "b/f": "2", "sp ace/x [y].txt": "3", "na$me": "4", "plain": "p"}},
	"commands and modes": {dockerfile: `FROM ` + baseName + ` AS build
RUN ["apk","add","build-base"]
RUN ["sh", "-c", "echo \"$0 x\" > /e.txt; echo '$y' >> /e.txt"]
WORKDIR /a/b
COPY --chmod=0700 conf ./conf/
COPY hello.c ../
RUN cd .. && gcc -static hello.c -o b/hello; mv b/hello /h && cd b && ls -ln conf | tail -n +2 | cut -c1-10 > l.txt
RUN A=1; B="$A" sh -c 'echo $B > m.txt'
RUN x=$(cat m.txt) && { echo $x; echo $x; } >> m.txt || false
FROM scratch
COPY --from=build /h /bin/hello
COPY --from=build /a/b/l.txt /a/b/m.txt /e.txt /z/
COPY --from=build /a/b/conf/ /z/conf
CMD ["/bin/hello", "a b", "$c"]
USER 12
`, files: map[string]string{"conf/a": "1"}},
}

// setNetBindService is a setcap that knows one capability.
const setNetBindService = `#include <sys/xattr.h>
int main(int c, char **v) {
	return setxattr(v[2], "security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0);
}
`

// TestConvertedBuildsTheSame builds Dockerfiles with BuildKit's own frontend, and the
// Scratchfiles that they are converted to, and compares the images: paths, types, modes,
// owners, contents, capabilities and configuration.
func TestConvertedBuildsTheSame(t *testing.T) {
	program := string(staticHello(t))
	tool := imageOf(t, []byte(program))
	served := fileServer(t, map[string][]byte{"/hello.c": []byte(hello), "/other/hello.c": []byte("other")})
	replace := strings.NewReplacer("SERVED", served, "SUM", sum([]byte(hello)), "OTHER", sum([]byte("other")))
	for name, tc := range convertedCases {
		tc.dockerfile = replace.Replace(tc.dockerfile)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := convert.Convert([]byte(tc.dockerfile))
			if err != nil {
				t.Fatal(err)
			}
			p := newProject(t, map[string]string{
				"hello.c": hello, "Dockerfile": tc.dockerfile, "Scratchfile": string(result.Scratchfile), ".dockerignore": "*file\n.dockerignore\n",
			})
			fill(t, p.dir, tc.files)
			for _, at := range tc.programs {
				p.write(at, program, 0o755)
			}
			want := p.buildxRaw(tool).image()
			got := p.buildx(tool).image()
			compareImages(t, want, got, tc.other)
			if t.Failed() {
				t.Logf("%s\n%v", result.Scratchfile, result.Notes)
			}
		})
	}
}

func compareImages(t *testing.T, want, got *image, other []string) {
	t.Helper()
	paths := map[string]bool{}
	for _, img := range []*image{want, got} {
		for at := range img.entries {
			paths[at] = true
		}
	}
	for _, at := range slices.Sorted(maps.Keys(paths)) {
		if slices.Contains(other, at) {
			continue
		}
		if w, g := describeEntry(want.entries[at]), describeEntry(got.entries[at]); w != g {
			t.Errorf("%s: the Dockerfile makes %s\nthe Scratchfile makes %s", at, w, g)
		}
	}
	w, g := want.config.Config, got.config.Config
	for name, values := range map[string][2]any{
		"entrypoint": {w.Entrypoint, g.Entrypoint}, "command": {w.Cmd, g.Cmd}, "labels": {w.Labels, g.Labels},
		"ports": {w.ExposedPorts, g.ExposedPorts}, "workdir": {cmp.Or(w.WorkingDir, "/"), cmp.Or(g.WorkingDir, "/")}, "signal": {w.StopSignal, g.StopSignal},
		"environment": {withPath(w.Env), withPath(g.Env)},
	} {
		if a, b := fmt.Sprintf("%v", values[0]), fmt.Sprintf("%v", values[1]); a != b {
			t.Errorf("%s: the Dockerfile says %s\nthe Scratchfile says %s", name, a, b)
		}
	}
	if w, g := want.run(), got.run(); w != g {
		t.Errorf("the Dockerfile's program prints %q\nthe Scratchfile's prints %q", w, g)
	}
}

// withPath returns sorted variables, with the default path that BuildKit gives an image
// from a Dockerfile.
func withPath(env []string) []string {
	env = slices.Clone(env)
	if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "PATH=") }) {
		env = append(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	slices.Sort(env)
	return env
}

// describeEntry returns all of a file but its time.
func describeEntry(e entry) string {
	if e.Header == nil {
		return "nothing"
	}
	content := fmt.Sprintf("%d bytes, %.12s", len(e.data), sum(e.data))
	if e.Typeflag == tar.TypeDir {
		content = ""
	}
	var attrs []string
	for name, value := range e.PAXRecords {
		if strings.HasPrefix(name, "SCHILY.xattr.") {
			attrs = append(attrs, fmt.Sprintf("%s=%x", name, value))
		}
	}
	slices.Sort(attrs)
	return fmt.Sprintf("%v %d:%d %s %s %v", e.FileInfo().Mode(), e.Uid, e.Gid, e.Linkname, content, attrs)
}

// tarOf returns a tar archive with one file.
func tarOf(name, content string) string {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	// A buffer takes all that is written.
	_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))})
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	return out.String()
}

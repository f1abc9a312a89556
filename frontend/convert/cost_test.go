package convert

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCost converts Dockerfiles of the largest size, each with one thing as often as it can
// be there. None may cost much more than to read it.
func TestCost(t *testing.T) {
	const (
		start = "FROM alpine AS build\nWORKDIR /src\n"
		end   = "FROM scratch\nCOPY --from=build /src/app /app\nENTRYPOINT [\"/app\"]\n"
	)
	// A line has at most 64 KiB, so what is on one line is there four times.
	fill := func(before, line, after string) string {
		if strings.HasSuffix(line, "\n") {
			return before + strings.Repeat(line, (MaxSize-len(before)-len(after))/len(line)) + after
		}
		at := strings.LastIndexByte(before, '\n') + 1
		end := strings.IndexByte(after, '\n') + 1
		full := before[at:] + strings.Repeat(line, 64000/len(line)) + after[:end]
		return before[:at] + strings.Repeat(full, 4) + after[end:]
	}
	for name, text := range map[string]string{
		"statements":     fill(start+"RUN a", "&&b", "\n"+end),
		"folders":        fill(start+"RUN mkdir /a", " && mkdir /b", "\n"+end+"COPY --from=build /a /a\n"),
		"lines":          fill(start+"RUN <<E\n", "a\n", "E\n"+end),
		"nesting":        fill(start+"RUN ", "(", "\n"+end),
		"substitutions":  fill(start+"RUN ", "$(", "\n"+end),
		"pipes":          fill(start+"RUN a", "|b", "\n"+end),
		"ors":            fill(start+"RUN a", "||b", "\n"+end),
		"arithmetic":     fill(start+"RUN a$((1", "+(1", "\n"+end),
		"quotes":         fill(start+"RUN a", `"$(`, "\n"+end),
		"ifs":            fill(start+"RUN ", "if a;then ", "\n"+end),
		"braces":         fill(start+"RUN ", "${a:-", "\n"+end),
		"stages":         fill("", "FROM alpine\n", end),
		"runs":           fill(start, "RUN a\n", end),
		"copies":         fill(start, "COPY a b\n", end),
		"final copies":   fill(start+end, "COPY --from=build /a /b\n", ""),
		"sources":        fill(start+"COPY", " a", " /b/\n"+end),
		"final sources":  fill(start+"RUN mkdir -p /x && echo a > /y\n"+end+"COPY --from=build", " /a", " /b/\n"),
		"ports":          fill(start+end, "EXPOSE 1-99\n", ""),
		"variables":      fill(start, "ENV A=$A$B\n", end),
		"args":           fill("ARG A=1\n"+start, "ARG A=${A:-$A}\n", end),
		"packages":       fill(start+"RUN apk add", " a", "\n"+end),
		"heredoc":        fill(start+end+"COPY <<E /a\n", "$A", "\nE\n"),
		"users":          fill(start+"RUN a", "&&adduser -u 1 a", "\n"+end+"COPY --from=build /etc/passwd /etc/passwd\n"),
		"echoes":         fill(start+"RUN a", "&&echo a >>/a", "\n"+end+"COPY --from=build /a /etc/passwd\n"),
		"unset":          fill(start+"RUN a", " $b", "\n"+end),
		"many unset":     fill(start+"RUN a", " $b $c$d${e}$f", "\n"+end),
		"mounts":         fill(start+"RUN ", "--mount=type=cache,target=/a ", " a\n"+end),
		"labels":         fill(start+end+"LABEL", " a=b", "\n"),
		"continuations":  fill(start+"RUN a", " \\\nb", "\n"+end),
		"texts":          fill(start+end, "COPY <<E /a\nE\n", ""),
		"healthcheck":    fill(start+end+"HEALTHCHECK CMD a", " b", "\n"),
		"capabilities":   fill(start+"RUN setcap cap_a", ",cap_b", "+ep /src/app\n"+end),
		"final mkdirs":   fill(strings.Replace(start+end, "scratch", "alpine", 1)+"RUN mkdir", " /a", "\n"),
		"final commands": fill(strings.Replace(start+end, "scratch", "alpine", 1)+"RUN a", "&&ln -s a /b", "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if len(text) > MaxSize {
				t.Fatalf("%d bytes", len(text))
			}
			began := time.Now()
			_, err := Convert([]byte(text))
			if refusal := new(Error); err != nil && !errors.As(err, &refusal) {
				t.Errorf("%T: %v", err, err)
			}
			took := time.Since(began)
			t.Log(took, err)
			if took > 30*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestCostOfSources: sources of one name for places outside the workdir, as many as a Dockerfile
// can have, each get a place of their own.
func TestCostOfSources(t *testing.T) {
	var text strings.Builder
	text.WriteString("FROM alpine AS build\nWORKDIR /src\n")
	for i := range 990 {
		fmt.Fprintf(&text, "ADD https://example.com/%d/data /out/%d\n", i, i)
	}
	text.WriteString("RUN make\nFROM scratch\nCOPY --from=build /src/app /app\nENTRYPOINT [\"/app\"]\n")
	began := time.Now()
	result, err := Convert([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(result.Scratchfile), "to: .copied/data-990") {
		t.Error("a source has no place of its own")
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

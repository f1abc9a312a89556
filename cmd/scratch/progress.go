package main

import (
	"io"

	"github.com/containerd/console"
	"github.com/moby/buildkit/client"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// findTerminal returns the terminal behind a writer, or the writer itself. The progress
// display controls the terminal, so it must write to it directly. What it shows is
// printable already; see [printable].
func findTerminal(w io.Writer) io.Writer {
	q, ok := w.(*quote.Writer)
	if !ok {
		return w
	}
	if file, ok := q.Unwrap().(console.File); ok {
		if _, err := console.ConsoleFromFile(file); err == nil {
			return file
		}
	}
	return w
}

// printable forwards a daemon's reports about a build. It makes names, messages and the
// output of steps safe to print on a terminal.
func printable(in <-chan *client.SolveStatus) chan *client.SolveStatus {
	out := make(chan *client.SolveStatus)
	go func() {
		defer close(out)
		logs := logs{}
		for status := range in {
			makePrintable(status, logs)
			out <- status
		}
	}()
	return out
}

func makePrintable(s *client.SolveStatus, logs logs) {
	for _, v := range s.Vertexes {
		v.Name, v.Error = quote.Line(v.Name), quote.Text(v.Error)
	}
	for _, v := range s.Statuses {
		v.ID, v.Name = quote.Line(v.ID), quote.Line(v.Name)
	}
	for _, w := range s.Warnings {
		w.Short = []byte(quote.Text(string(w.Short)))
		w.URL = quote.Line(w.URL)
		for i := range w.Detail {
			w.Detail[i] = []byte(quote.Text(string(w.Detail[i])))
		}
		if w.SourceInfo != nil {
			w.SourceInfo.Data = quote.Lines(w.SourceInfo.Data)
		}
	}
	for _, l := range s.Logs {
		l.Data = logs.printable(l)
	}
}

// logs are the outputs of steps. An output arrives in parts, which may end in the middle
// of a character.
type logs map[stream]*logOutput

type stream struct {
	vertex digest.Digest
	number int
}

// logOutput collects the printable form of one part.
type logOutput struct {
	in   *quote.Writer
	part []byte
}

func (o *logOutput) Write(p []byte) (int, error) {
	o.part = append(o.part, p...)
	return len(p), nil
}

func (l logs) printable(log *client.VertexLog) []byte {
	id := stream{log.Vertex, log.Stream}
	out := l[id]
	if out == nil {
		out = &logOutput{}
		out.in = quote.NewWriter(out)
		l[id] = out
	}
	out.part = nil
	_, _ = out.in.Write(log.Data) // Write of a logOutput never fails
	return out.part
}

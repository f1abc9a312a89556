package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// repository makes a folder a clone, as most are: docker buildx then tells which project
// it is, and caches outlive a change of the build file.
func repository(dir string) error {
	address := "https://git.example/" + filepath.Base(dir) + ".git"
	for _, args := range [][]string{{"init", "-q"}, {"config", "remote.origin.url", address}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}

// dockerImage is the name for the image of Docker's own frontend.
const dockerImage = "bench/dockerfile"

// twins writes the Dockerfiles of a project: the steps that follow the base, for the
// built-in frontend and for its image. The first step has the name of the frontend, so
// that the frontends share no cached steps.
func twins(dir, steps string) error {
	text := func(builtBy string) string {
		return "FROM " + baseName + " AS build\nENV BUILT_BY=" + builtBy + "\n" + steps
	}
	return errors.Join(
		writeFile(dir, "Dockerfile", text("built-in")),
		writeFile(dir, "Dockerfile.image", "# syntax="+dockerImage+"\n"+text("image")),
	)
}

func writeFile(dir, name, text string) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// addVariable adds a variable to a source file, which changes its object.
func addVariable(path string, n int) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "\nint edit_%d = %[1]d;\n", n)
	return errors.Join(err, f.Close())
}

package step

import (
	"os"
	"path/filepath"
)

// Program is the name of the program that only runs steps.
const Program = "scratch-step"

// Beside returns the file of the program that runs the steps: [Program] in the folder of
// this process's program, or else that program, which runs them as well but takes longer to
// start.
func Beside(program string) string {
	beside := filepath.Join(filepath.Dir(program), Program)
	if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
		return beside
	}
	return program
}

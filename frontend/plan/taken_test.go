package plan

import (
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/teststep"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// TestOwnPathsAreTaken: a step has files of the frontend beside those of the user. No
// Scratchfile can name their places for something of its own.
func TestOwnPathsAreTaken(t *testing.T) {
	for _, at := range []string{
		ProgramDir, preparePath, sysrootBeside, workDir, apkFilesDir, linkerPath, evidenceDir, linksDir,
		toolchain.WrapperDir, toolchain.SysrootDir, verifystep.FailurePath, teststep.ReportPath,
	} {
		for _, file := range []string{
			"build: {run: make}\nbinary: {from: a, to: AT}\n",
			"build: {run: make, workdir: AT}\nbinary: a\n",
			"build: {run: make, cache: [AT]}\nbinary: a\n",
		} {
			_, err := spec.Parse("Scratchfile", []byte(strings.ReplaceAll(file, "AT", at)), spec.Vars{})
			if err == nil || !strings.Contains(err.Error(), at+" belongs to the frontend") {
				t.Errorf("%s: %v", at, err)
			}
		}
	}
}

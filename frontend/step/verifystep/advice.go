package verifystep

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/capability"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// These are the codes of the step's own refusals. Package verify does not have them, since
// they are not about a single file.
const (
	// CodeNoMatch: the pattern matches nothing.
	CodeNoMatch verify.Code = "no-match"
	// CodeEmptyFolder: the folder has no file.
	CodeEmptyFolder verify.Code = "empty-folder"
	// CodeTooMany: there are more programs or names than the limits of the step.
	CodeTooMany verify.Code = "too-many"
	// CodeName: an image can't have the name, or it is not printable.
	CodeName verify.Code = "name"
	// CodeSamePlace: another program is at the same path of the image, or above or below it.
	CodeSamePlace verify.Code = "same-place"
	// CodeCapabilities: the file has capabilities in the build that the request does not
	// name. The copy would lose them.
	CodeCapabilities verify.Code = "capabilities"
	// CodeStack: build.stack did not reach the program.
	CodeStack verify.Code = "stack"
	// CodeMalformedCapabilities: the step can't read the capabilities of the file.
	CodeMalformedCapabilities verify.Code = "malformed-capabilities"
)

// ownRemedies returns what to change for each of the step's own codes.
func ownRemedies() map[verify.Code]string {
	return map[verify.Code]string{
		CodeNoMatch:               "look at what the build makes and where: paths are relative to the working directory",
		CodeEmptyFolder:           "look at what the build makes and where: paths are relative to the working directory",
		CodeTooMany:               "in the build, copy the programs that belong in the image to a folder, and name that folder",
		CodeName:                  "rename it in the build",
		CodeStack:                 "have the command link with -Wl,-z,stack-size=…, or without a linker of its own (-B, --ld-path=, a full path); without such a program, remove build.stack: Go without C takes no stack from it",
		CodeSamePlace:             "change the \"to\" of one of them; of two in one folder or pattern, rename one in the build",
		CodeMalformedCapabilities: "remove them in the build (setcap -r), and name those that the program needs: capabilities: [net_bind_service]",
	}
}

// advise returns the report of a program with what to change. It leaves out the hints that
// guess what the record of the link knows.
func (p Program) advise() remedy.Report {
	out := remedy.New(p.Report)
	for i := range out.Reasons {
		if text := p.remedy(out.Reasons[i].Code); text != "" {
			out.Reasons[i].Remedy = text
		}
	}
	out.Hints = slices.DeleteFunc(out.Hints, func(h remedy.Hint) bool { return p.Linked.Decides(h.Code()) })
	return out
}

// remedy returns what to change for a code. It returns "" if package remedy says it.
func (p Program) remedy(code verify.Code) string {
	switch {
	case code == CodeCapabilities:
		return p.keepCapabilities()
	case code == verify.CodeDirectory && !p.Listed:
		return "name the program in it, or end \"to\" with a slash to take every program in it"
	case p.Listed && isNoProgram(code):
		return fmt.Sprintf("remove it from the folder in the build, or ship it as data: files: {build: %s}; a program needs its execute bit: chmod +x", quote.String(p.Path))
	}
	return ownRemedies()[code]
}

// isNoProgram reports whether a code is about a file that may not be meant as a program.
func isNoProgram(code verify.Code) bool {
	return slices.Contains([]verify.Code{
		verify.CodeNotExecutable, verify.CodeNotELF, verify.CodeScript, verify.CodeArchive,
		verify.CodeEmpty, verify.CodeDirectory, verify.CodeNotRegular, verify.CodeNotAProgram,
	}, code)
}

// keepCapabilities says how to keep the capabilities that the kernel knows.
func (p Program) keepCapabilities() string {
	var known, unknown []string
	for _, name := range p.Capabilities {
		if capability.IsName(name) {
			known = append(known, name)
		} else {
			unknown = append(unknown, quote.Short(name))
		}
	}
	text := "remove them in the build: setcap -r"
	if len(known) > 0 {
		text = fmt.Sprintf("name them: capabilities: [%s]; or %s", strings.Join(known, ", "), text)
	}
	if len(unknown) > 0 {
		text += fmt.Sprintf("; no kernel has %s", strings.Join(unknown, ", "))
	}
	return text
}

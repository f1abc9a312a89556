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

// Codes of refusals that are the step's own: a single file can't have them.
const (
	// CodeNoMatch: nothing has a name of the pattern.
	CodeNoMatch verify.Code = "no-match"
	// CodeEmptyFolder: the folder has no file.
	CodeEmptyFolder verify.Code = "empty-folder"
	// CodeTooMany: more programs, or more to look through, than a build has.
	CodeTooMany verify.Code = "too-many"
	// CodeName: a name that an image can't have, or that can't be shown.
	CodeName verify.Code = "name"
	// CodeSamePlace: another program has the place in the image, or is above it.
	CodeSamePlace verify.Code = "same-place"
	// CodeCapabilities: the file has capabilities in the build that the request does not
	// name, so that the copy would lose them.
	CodeCapabilities verify.Code = "capabilities"
	// CodeStack: build.stack did not reach the program.
	CodeStack verify.Code = "stack"
	// CodeMalformedCapabilities: the file's capabilities can't be read.
	CodeMalformedCapabilities verify.Code = "malformed-capabilities"
)

// ownRemedies are what to change for the step's own codes.
func ownRemedies() map[verify.Code]string {
	return map[verify.Code]string{
		CodeNoMatch:               "look at what the build makes and where: paths are relative to the working directory",
		CodeEmptyFolder:           "look at what the build makes and where: paths are relative to the working directory",
		CodeTooMany:               "name a folder of its own, and have the build copy into it what belongs into the image",
		CodeName:                  "rename it in the build",
		CodeSamePlace:             "give one of them another place by to",
		CodeStack:                 "have the command link with -Wl,-z,stack-size=…, or without a linker of its own (-B, --ld-path=, a full path); without such a program, remove build.stack: Go without C takes no stack from it",
		CodeMalformedCapabilities: "take them away in the build (setcap -r), and name those that the program needs: capabilities: [net_bind_service]",
	}
}

// advise adds to a program's report what to change. It leaves out the hints that guess what
// the record of the link knows.
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

// remedy is what to change for a code; "" where package remedy says it.
func (p Program) remedy(code verify.Code) string {
	switch {
	case code == CodeCapabilities:
		return p.keepCapabilities()
	case code == verify.CodeDirectory && !p.Listed:
		return "name the program in it, or give it a to that ends in /, which takes every program in it"
	case p.Listed && isNoProgram(code):
		return fmt.Sprintf("take it out of there, or ship it as data: files: {build: %s}; a program needs its execute bit: chmod +x", quote.String(p.Path))
	}
	return ownRemedies()[code]
}

// isNoProgram reports whether a code is about a file that need not be meant as a program.
func isNoProgram(code verify.Code) bool {
	return slices.Contains([]verify.Code{
		verify.CodeNotExecutable, verify.CodeNotELF, verify.CodeScript, verify.CodeArchive,
		verify.CodeEmpty, verify.CodeDirectory, verify.CodeNotRegular, verify.CodeNotAProgram,
	}, code)
}

// keepCapabilities says how the copy keeps the capabilities that the kernel knows.
func (p Program) keepCapabilities() string {
	var known, unknown []string
	for _, name := range p.Capabilities {
		if capability.IsName(name) {
			known = append(known, name)
		} else {
			unknown = append(unknown, quote.Short(name))
		}
	}
	text := "take them away in the build: setcap -r"
	if len(known) > 0 {
		text = fmt.Sprintf("name them: capabilities: [%s]; or %s", strings.Join(known, ", "), text)
	}
	if len(unknown) > 0 {
		text += fmt.Sprintf("; %s can't be named, no kernel has them", strings.Join(unknown, ", "))
	}
	return text
}

package verify

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is the answer that a [Report] gives.
type Verdict string

const (
	// Static means that the kernel can start the file in an empty root.
	Static Verdict = "static"
	// Refused means that it can't; the report's reasons say why.
	Refused Verdict = "refused"
)

// Reason is one cause of a refusal, or one warning.
type Reason struct {
	// Code is stable and meant for programs.
	Code Code `json:"code"`
	// Message completes a sentence that starts with the file's name, such
	// as "needs the dynamic loader /lib/ld-musl-x86_64.so.1 (PT_INTERP) …".
	// Names taken from the file are escaped and bounded in it.
	Message string `json:"message"`
	// Offset is the place in the file: of a field of the ELF header, of a
	// program header, or of an entry of a table. It is nil if the cause is not
	// in the file's bytes, but in its path or mode.
	Offset *int64 `json:"offset,omitempty"`
	// Platform is the platform of [Options], such as "linux/arm64/v8". It is set
	// if the file does not fit that platform.
	Platform string `json:"platform,omitempty"`
	// PlatformISALevel is the x86-64 level of that platform: "x86-64-v1". It is
	// set with [CodeISALevel].
	PlatformISALevel string `json:"platformISALevel,omitempty"`
	// Found tells apart causes that have the same code.
	Found Found `json:"found,omitempty"`
}

// newReason returns a reason or warning about a place in the file.
func newReason(code Code, at uint64, format string, args ...any) *Reason {
	offset := int64(at)
	return &Reason{Code: code, Message: fmt.Sprintf(format, args...), Offset: &offset}
}

// Found is what was found instead of what is right. Like a [Code], it never
// changes its meaning.
type Found string

// Formats of files that are not ELF, with [CodeNotELF]. Found is empty for an
// unknown format.
const (
	FoundPE      Found = "pe"           // Windows
	FoundMachO   Found = "mach-o"       // macOS, or a Java class, which starts with the same bytes
	FoundWasm    Found = "wasm"         // WebAssembly
	FoundBitcode Found = "llvm-bitcode" // not yet compiled to machine code
	FoundGzip    Found = "gzip"
	FoundZip     Found = "zip" // also a jar
)

// Causes of [CodeBadEntry].
const (
	// FoundELFHeader: the entry point is the ELF header. A linker that knows no
	// entry point writes that address.
	FoundELFHeader Found = "elf-header"
	// FoundDebugSymbols: the executable segments have no bytes, as in a file
	// that holds the debug symbols of another.
	FoundDebugSymbols Found = "debug-symbols"
)

// Hint is a path that a program mentions and that an empty root lacks. The
// program need not use the path.
type Hint struct {
	// Path is the mentioned path: [CertificatesPath] or [TimeZonesPath].
	Path string `json:"path"`
}

// String gives the hint as a phrase that follows a file's name.
func (h Hint) String() string { return "mentions " + h.Path }

// Link is one symbolic link that was followed on the way to a file.
type Link struct {
	// Path is the place of the link, from the root.
	Path string `json:"path"`
	// Target is the link's content, escaped and bounded for printing.
	Target string `json:"target"`
}

// Report is what is known about one file. Equal bytes give equal reports. All
// names except Path are escaped and bounded: a caller may print them on a
// terminal as they are.
type Report struct {
	// Path is the path as the caller wrote it; [ELF] leaves it empty. The text
	// form of the report escapes it.
	Path string `json:"path,omitempty"`
	// Resolved is the path inside the root without symbolic links. It is empty
	// from [ELF], and if nothing was found.
	Resolved string `json:"resolved,omitempty"`
	// Links are the symbolic links that were followed, in order.
	Links []Link `json:"links,omitempty"`

	// Verdict is Static exactly if Reasons is empty.
	Verdict Verdict `json:"verdict"`
	// Reasons are the causes of a refusal, the most important one first.
	Reasons []Reason `json:"reasons,omitempty"`
	// Warnings are risks. They do not change the verdict.
	Warnings []Reason `json:"warnings,omitempty"`
	// Hints are set for static files, if [Options.Hints] asks for them.
	Hints []Hint `json:"hints,omitempty"`

	// Size is the file's length in bytes.
	Size int64 `json:"size"`
	// Class and Data are EI_CLASS and EI_DATA by their names in the gABI:
	// "ELFCLASS64", "ELFDATA2LSB".
	Class string `json:"class,omitempty"`
	Data  string `json:"data,omitempty"`
	// OSABI is EI_OSABI by name: "ELFOSABI_NONE", "ELFOSABI_LINUX".
	OSABI string `json:"osabi,omitempty"`
	// Type is e_type by name: "ET_EXEC", "ET_DYN".
	Type string `json:"type,omitempty"`
	// Machine is e_machine by name: "EM_X86_64".
	Machine string `json:"machine,omitempty"`
	// Architecture is the name of machine, class and data in an image
	// platform: "amd64". It is empty if they have none.
	Architecture string `json:"architecture,omitempty"`
	// StaticPIE is set for a position-independent program (ET_DYN) that needs
	// no loader and no libraries.
	StaticPIE bool `json:"staticPIE,omitempty"`
	// Interpreter is the name in the first PT_INTERP.
	Interpreter string `json:"interpreter,omitempty"`
	// Needed are the names of the DT_NEEDED entries in order, at most 64 of
	// them. A name outside the file is "(unreadable)".
	Needed []string `json:"needed,omitempty"`
	// GlibcABI is set if the file has glibc's NT_GNU_ABI_TAG for Linux. A glibc
	// program may lack that note.
	GlibcABI bool `json:"glibcABI,omitempty"`
	// MinKernel is the oldest Linux that NT_GNU_ABI_TAG names: "3.2.0".
	MinKernel string `json:"minKernel,omitempty"`
	// ISALevel is the x86-64 level that a note of the file asks for: "x86-64-v3".
	ISALevel string `json:"isaLevel,omitempty"`
	// StackSize is how many bytes of stack PT_GNU_STACK asks for. musl gives them to each
	// thread.
	StackSize uint64 `json:"stackSize,omitempty"`
	// GoToolchain is set if the file has the build note of Go's linker.
	GoToolchain bool `json:"goToolchain,omitempty"`

	// BytesRead is how many bytes of the file were read for this report.
	BytesRead int64 `json:"bytesRead"`
}

// OK reports whether the file is static.
func (r *Report) OK() bool { return r.Verdict == Static }

// Err returns nil for a static file, and a [*RefusedError] otherwise.
func (r *Report) Err() error {
	if r.OK() {
		return nil
	}
	return &RefusedError{Report: r}
}

// Has reports whether code is among the reasons or the warnings.
func (r *Report) Has(code Code) bool {
	has := func(reason Reason) bool { return reason.Code == code }
	return slices.ContainsFunc(r.Reasons, has) || slices.ContainsFunc(r.Warnings, has)
}

// String returns the report for people: the headline, then one indented line for
// each reason, warning and hint.
func (r *Report) String() string {
	var b strings.Builder
	b.WriteString(r.Headline())
	for _, reason := range r.Reasons {
		fmt.Fprintf(&b, "\n  %s [%s]", reason.Message, reason.Code)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, "\n  warning: %s [%s]", warning.Message, warning.Code)
	}
	for _, hint := range r.Hints {
		fmt.Fprintf(&b, "\n  hint: %s", hint)
	}
	b.WriteByte('\n')
	return b.String()
}

// Headline returns the first line of the text form, without its newline: the path,
// the verdict and what kind of file it is.
func (r *Report) Headline() string {
	var b strings.Builder
	if r.Path != "" {
		b.WriteString(printable(r.Path) + ": ")
	}
	b.WriteString(string(r.Verdict))
	var facts []string
	for _, fact := range []string{r.Architecture, r.Type} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	if r.StaticPIE {
		facts = append(facts, "static-PIE")
	}
	facts = append(facts, fmt.Sprintf("%d bytes", r.Size))
	fmt.Fprintf(&b, " (%s)", strings.Join(facts, ", "))
	return b.String()
}

// refuse adds a reason, if there is one.
func (r *Report) refuse(reason *Reason) {
	if reason != nil {
		r.Verdict = Refused
		r.Reasons = append(r.Reasons, *reason)
	}
}

// warn adds a warning, if there is one.
func (r *Report) warn(reason *Reason) {
	if reason != nil {
		r.Warnings = append(r.Warnings, *reason)
	}
}

// RefusedError is the error for a file that is not static.
type RefusedError struct {
	Report *Report
}

// Error returns the path, if it is known, and the message of each reason.
func (e *RefusedError) Error() string {
	messages := make([]string, len(e.Report.Reasons))
	for i, reason := range e.Report.Reasons {
		messages[i] = reason.Message
	}
	name := "the file"
	if e.Report.Path != "" {
		name = printable(e.Report.Path)
	}
	return name + " " + strings.Join(messages, "; ")
}

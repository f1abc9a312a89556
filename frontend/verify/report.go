package verify

import (
	"fmt"
	"strings"
)

// Verdict is the answer of a [Report].
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
	// Offset is where in the file the cause was found: the field of the ELF
	// header, the program header or the entry of a table that says it. It is
	// nil for what is not in the file's bytes: its path, its mode.
	Offset *int64 `json:"offset,omitempty"`
	// Platform is the platform that the file was compared with, as it is
	// written: "linux/arm64/v8". It is set where the platform is the cause.
	Platform string `json:"platform,omitempty"`
	// PlatformISALevel is the x86-64 level of that platform: "x86-64-v1". It is
	// set with [CodeISALevel].
	PlatformISALevel string `json:"platformISALevel,omitempty"`
	// Found is set where a code stands for several things that were found.
	Found Found `json:"found,omitempty"`
}

// atOffset gives a [Reason.Offset].
func atOffset(n uint64) *int64 {
	offset := int64(n)
	return &offset
}

// Found is what was found in place of what is right. Like a [Code], it never
// changes its meaning.
type Found string

// Formats of files that are not ELF, with [CodeNotELF]. A file of no format that
// is known here has none of them.
const (
	FoundPE      Found = "pe"           // Windows
	FoundMachO   Found = "mach-o"       // macOS, or a Java class, which starts alike
	FoundWasm    Found = "wasm"         // WebAssembly
	FoundBitcode Found = "llvm-bitcode" // not yet compiled to machine code
	FoundGzip    Found = "gzip"
	FoundZip     Found = "zip" // a jar is one
)

// What a program without an entry point has, with [CodeBadEntry].
const (
	// FoundELFHeader: the entry point is the ELF header. A linker that knows no
	// entry point writes this.
	FoundELFHeader Found = "elf-header"
	// FoundDebugSymbols: the executable segments have no bytes, as in a file
	// that holds the debug symbols of another.
	FoundDebugSymbols Found = "debug-symbols"
)

// Hint is something that a program mentions and that an empty root lacks. It
// is information: to mention a path is not to need it.
type Hint struct {
	// Path is the mentioned path: [CertificatesPath] or [TimeZonesPath].
	Path string `json:"path"`
}

// String gives the hint as a phrase that follows a file's name.
func (h Hint) String() string { return "mentions " + h.Path }

// Link is one symbolic link that was followed on the way to a file.
type Link struct {
	// Path is where the link lies, from the root.
	Path string `json:"path"`
	// Target is what it says, escaped and bounded for printing.
	Target string `json:"target"`
}

// Report is what is known of one file. Equal bytes give equal reports. All
// names in it, but for Path, are escaped and bounded: they may be printed on a
// terminal as they are.
type Report struct {
	// Path is the path that was asked for, as the caller wrote it; empty
	// from [ELF]. It is escaped where the report is printed.
	Path string `json:"path,omitempty"`
	// Resolved is the path inside the root once every symbolic link is
	// followed; empty from [ELF] and where nothing was found.
	Resolved string `json:"resolved,omitempty"`
	// Links are the symbolic links that were followed, in order.
	Links []Link `json:"links,omitempty"`

	// Verdict is Static exactly when Reasons is empty.
	Verdict Verdict `json:"verdict"`
	// Reasons are the causes of a refusal, the weightiest first.
	Reasons []Reason `json:"reasons,omitempty"`
	// Warnings are risks that leave the verdict alone.
	Warnings []Reason `json:"warnings,omitempty"`
	// Hints are filled only if [Options.Hints] is set, for static files.
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
	// Architecture is what an image platform calls the file's machine,
	// class and data: "amd64". Empty if there is no such name.
	Architecture string `json:"architecture,omitempty"`
	// StaticPIE is set for a position-independent program that needs no
	// loader: ET_DYN, not refused for its loader, libraries or kind.
	StaticPIE bool `json:"staticPIE,omitempty"`
	// Interpreter is the name in the first PT_INTERP.
	Interpreter string `json:"interpreter,omitempty"`
	// Needed are the names of the DT_NEEDED entries in order, at most 64 of
	// them; "(unreadable)" stands for a name that lies outside the file.
	Needed []string `json:"needed,omitempty"`
	// GlibcABI is set if the file carries glibc's NT_GNU_ABI_TAG for Linux.
	// Its absence proves nothing.
	GlibcABI bool `json:"glibcABI,omitempty"`
	// MinKernel is the oldest Linux that NT_GNU_ABI_TAG names: "3.2.0".
	MinKernel string `json:"minKernel,omitempty"`
	// ISALevel is the x86-64 level the file notes as needed: "x86-64-v3".
	ISALevel string `json:"isaLevel,omitempty"`
	// GoToolchain is set if the file carries the Go linker's build note.
	GoToolchain bool `json:"goToolchain,omitempty"`

	// BytesRead is how many bytes of the file were read to know all this.
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
	for _, list := range [][]Reason{r.Reasons, r.Warnings} {
		for _, reason := range list {
			if reason.Code == code {
				return true
			}
		}
	}
	return false
}

// String renders the report for people: the headline, then reasons, warnings and
// hints, one per line, indented.
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

// Headline is the first line of the text form, without its newline: the path, the
// verdict and what kind of file it is.
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

// refuse adds a cause of refusal.
func (r *Report) refuse(reason Reason) { r.Reasons = append(r.Reasons, reason) }

// warn adds a warning.
func (r *Report) warn(reason Reason) { r.Warnings = append(r.Warnings, reason) }

// settle draws the verdict from the reasons.
func (r *Report) settle() {
	r.Verdict = Static
	if len(r.Reasons) > 0 {
		r.Verdict = Refused
	}
}

// RefusedError is a refusal as an error, for callers that only go on with a
// static file.
type RefusedError struct {
	Report *Report
}

// Error gives the path, if known, and every reason's message.
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

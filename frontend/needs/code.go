package needs

import "slices"

// Code names a need. It never changes its meaning.
type Code string

// The needs. docs/behaviour.md has a row for each.
const (
	Certificates Code = "certificates"
	DLOpen       Code = "dlopen"
	Iconv        Code = "iconv"
	Locale       Code = "locale"
	NameLookup   Code = "name-lookup"
	Services     Code = "services"
	Shell        Code = "shell"
	Terminfo     Code = "terminfo"
	ThreadStack  Code = "thread-stack"
	TimeZone     Code = "time-zone"
	Tmp          Code = "tmp"
	Translations Code = "translations"
	Users        Code = "users"
)

// Codes returns all codes, sorted.
func Codes() []Code {
	var out []Code
	for _, r := range rules {
		out = append(out, r.code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Doc says in a line what a code is about.
func (c Code) Doc() string { return ruleOf(c).doc }

func ruleOf(c Code) rule {
	for _, r := range rules {
		if r.code == c {
			return r
		}
	}
	return rule{}
}

// rule says by which members a need shows, and what serves it.
type rule struct {
	code Code
	doc  string
	// signs are the members that show the need, and unless those that show that the
	// program sees to it.
	signs, unless []sign
	// musl is set for what only musl does.
	musl bool
	// found says what happens in an image without the cure. It follows the words that say
	// what is linked.
	found string
	// fix says what to change, with a word that is all there is to write where one is
	// enough.
	fix string
	// served reports whether the image has what the program needs. If it is nil, no image
	// has it.
	served func(p Program, img Image) bool
}

// sign is a set of members of one archive.
type sign struct {
	// archive is the name of the archive without its folder. It may end in *.
	archive string
	// members are names without what is behind their dot.
	members []string
	// use is set for a library that is there for this: what it asks for, the program uses.
	use bool
}

// libc is the name of the C library's archive in a sign. Rust may bring one of its own.
const libc = "libc.a"

func inLibc(members ...string) []sign { return []sign{{archive: libc, members: members}} }

func in(archive string, members ...string) sign {
	return sign{archive: archive, members: members, use: true}
}

// muslMalloc are the members of musl that allocate. A program with another malloc takes none
// of them.
var muslMalloc = inLibc("malloc")

// rules are in the order in which findings are shown.
var rules = []rule{
	{
		code: ThreadStack, doc: "threads with musl's stack of 128 KiB", musl: true,
		signs:  inLibc("pthread_create", "thrd_create"),
		unless: inLibc("pthread_attr_setstacksize", "pthread_attr_setstack"),
		found:  "musl gives each of its threads a stack of 128 KiB, since PT_GNU_STACK asks for none; glibc gives 8 MiB",
		fix:    "build.stack: 8M",
		served: func(p Program, _ Image) bool { return p.StackSize > 0 },
	},
	{
		code: DLOpen, doc: "libraries that the program loads while it runs", musl: true,
		signs: inLibc("dlopen"),
		found: "dlopen fails in a static program of musl, and with it all plugins and modules",
		fix:   "link the modules in, or turn them off when configuring the library",
	},
	{
		code: Users, doc: "names of users and groups",
		signs:  inLibc("getpwent", "getpw_r", "getpwnam", "getpwuid", "getpwnam_r", "getpwuid_r", "getgrent", "getgr_r", "getgrnam", "getgrgid", "getgrnam_r", "getgrgid_r"),
		found:  "it finds no user and no group, since the image has no /etc/passwd",
		fix:    "include: [nonroot]",
		served: has("/etc/passwd"),
	},
	{
		code: TimeZone, doc: "local time",
		signs: inLibc("localtime", "localtime_r", "mktime"),
		found: "local time is UTC whatever TZ says, since the image has no /usr/share/zoneinfo",
		fix:   "include: [tzdata]",
		served: func(_ Program, img Image) bool {
			tz := img.Env["TZ"]
			return img.Has("/usr/share/zoneinfo") || img.Has("/etc/localtime") || tz == "UTC" || tz == "UTC0"
		},
	},
	{
		code: Tmp, doc: "temporary files",
		signs: inLibc("tmpfile", "tmpfile64", "tmpnam", "tempnam", "mktemp", "mkstemp", "mkstemps", "mkostemp", "mkostemps", "mkdtemp"),
		found: "the image has no /tmp for its temporary files",
		fix:   "include: [tmp]",
		served: func(_ Program, img Image) bool {
			return img.Has("/tmp") || img.Env["TMPDIR"] != ""
		},
	},
	{
		code: Shell, doc: "commands that a shell runs",
		signs:  inLibc("system", "popen", "iopopen", "wordexp"),
		found:  "it starts no command, since the image has no /bin/sh",
		fix:    "start the programs without a shell (posix_spawn), or bring one",
		served: has("/bin/sh"),
	},
	{
		code: Services, doc: "names of services",
		signs:  inLibc("getservbyname", "getservbyname_r", "getservbyport", "getservbyport_r"),
		found:  "it knows no service by its name, since the image has no /etc/services",
		fix:    "files: [{build: /etc/services, to: /etc/services}]",
		served: has("/etc/services"),
	},
	{
		code: NameLookup, doc: "names of hosts", musl: true,
		signs: inLibc("getaddrinfo", "gethostbyname", "gethostbyname2", "gethostbyname_r", "gethostbyname2_r"),
		found: "musl reads no nsswitch.conf, and where a search domain answers with an error it asks no further: in Kubernetes (ndots:5) also for a full name",
		fix:   "write full names with a dot at the end, or set ndots:1 where the container runs",
	},
	{
		code: Iconv, doc: "conversions between character sets", musl: true,
		signs: inLibc("iconv"),
		found: "musl converts to no GBK, GB18030, Big5 or EUC-KR, knows no //TRANSLIT, and writes * for what a set has not",
		fix:   "link GNU libiconv",
	},
	{
		code: Locale, doc: "numbers and sorting of a locale", musl: true,
		signs: inLibc("localeconv", "strfmon"),
		found: "numbers and sums are those of the locale C: musl has no other",
		fix:   "format them without the C library's locale",
	},
	{
		code: Translations, doc: "translated messages",
		signs:  inLibc("dcngettext", "dcgettext", "gettext", "dgettext", "ngettext"),
		found:  "it prints no translation, since the image has no /usr/share/locale",
		fix:    "files: [{build: …/share/locale, to: /usr/share/locale}], or where bindtextdomain looks",
		served: has("/usr/share/locale"),
	},
	{
		code: Terminfo, doc: "what the terminal can do",
		signs: []sign{in("libncurses*", "read_entry"), in("libtinfo*", "read_entry")},
		found: "it knows no terminal, since the image has no terminfo",
		fix:   "files: [{build: /etc/terminfo, to: /etc/terminfo}] with the package ncurses-terminfo-base, or image.env.TERMINFO with another folder",
		served: func(_ Program, img Image) bool {
			return img.Has("/etc/terminfo") || img.Has("/usr/share/terminfo") || img.Has("/lib/terminfo") ||
				img.Env["TERMINFO"] != "" || img.Env["TERMINFO_DIRS"] != ""
		},
	},
	{
		code: Certificates, doc: "certificates of authorities",
		signs: []sign{
			in("libcrypto*", "x509_d2", "libcrypto-lib-x509_d2"), // x509_def is in every program of OpenSSL's
			in("libcurl*", "url", "libcurl_la-url"),
		},
		found:  "the image has no certificates there",
		fix:    "include: [ca-certificates]",
		served: hasCertificates,
	},
}

// has is for a need that one path serves.
func has(path string) func(Program, Image) bool {
	return func(_ Program, img Image) bool { return img.Has(path) }
}

// These are where include: [ca-certificates] puts certificates, and the variables that
// name another file or folder for a library.
var (
	included        = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/ssl/certs"}
	certificateVars = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"}
)

func hasCertificates(p Program, img Image) bool {
	return len(p.Linked.Paths) == 0 || slices.ContainsFunc(p.Linked.Paths, img.Has) ||
		slices.ContainsFunc(certificateVars, func(name string) bool { return img.Env[name] != "" })
}

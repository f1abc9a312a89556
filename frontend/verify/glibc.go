package verify

// nssMarker is the format with which glibc makes the name of a function in an
// NSS module. It is in a program exactly if the code that loads such modules
// is.
const nssMarker = "_nss_%s_%s"

// glibcReason is the warning for a static glibc program that has NSS in it.
func glibcReason() Reason {
	return Reason{Code: CodeGlibcNSS,
		Message: "has glibc's name service switch linked in: users, groups and host names work only as far as it needs no module (libnss_*.so), which a scratch image does not have",
		Remedy:  "build with musl, or for Go with -tags netgo,osusergo; plain 'files' and 'dns' lookups may work as they are, so test them"}
}

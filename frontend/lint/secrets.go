package lint

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// leak is a secret in a place that others can read.
type leak struct {
	key   string // the list that it is in, such as image.env
	name  spec.String
	value spec.String
	shape string // what the value looks like; empty if only the name looks like a secret
}

// findSecrets finds secrets in args, variables and labels. The details never
// show the value.
func findSecrets(f *file) []finding {
	var found []finding
	for _, l := range findLeaks(f.Scratchfile) {
		looks := fmt.Sprintf("%s.%s looks like a secret", l.key, show(l.name.Value))
		if l.shape != "" {
			looks = fmt.Sprintf("the value of %s.%s looks like %s", l.key, show(l.name.Value), l.shape)
		}
		advice := "it ends up in the build's records and caches; use build.secrets"
		if strings.HasPrefix(l.key, "image.") {
			advice = "everyone who has the image can read it; pass it when the program is started"
		}
		found = append(found, newFinding(l.name.Range, "%s: %s", looks, advice))
	}
	return found
}

// Redact returns the text of the file, with an asterisk for each character of the
// secrets that SecretInEnv finds. Lines and columns do not change, so the text can be
// shown around a warning.
func Redact(sf *spec.Scratchfile) []byte {
	leaks := findLeaks(sf)
	if len(leaks) == 0 {
		return sf.Data
	}
	source := yamlfile.IndexSource(sf.Data)
	text := source.Text()
	var b strings.Builder
	b.Write(sf.Data[:len(sf.Data)-len(text)]) // the byte order mark
	slices.SortFunc(leaks, func(a, b leak) int { return yamlfile.ComparePositions(a.value.Range.Start, b.value.Range.Start) })
	done := 0
	for _, l := range leaks {
		start, end := source.Offset(l.value.Range.Start), source.Offset(l.value.Range.End)
		b.WriteString(text[done:max(done, start)])
		b.WriteString(strings.Map(hide, text[max(done, start):max(done, end)]))
		done = max(done, end)
	}
	b.WriteString(text[done:])
	return []byte(b.String())
}

// RedactText returns the text of a file that does not parse, with an asterisk for each
// character of what has the shape of a secret.
func RedactText(text []byte) []byte {
	for _, s := range shapes {
		text = s.pattern().ReplaceAllFunc(text, func(secret []byte) []byte { return bytes.Map(hide, secret) })
	}
	return text
}

// RedactValue returns the value of an arg, variable or label, with asterisks if it looks like a
// secret.
func RedactValue(name, value string) string {
	if isSecret(name, value) {
		return strings.Map(hide, value)
	}
	return value
}

// hide returns an asterisk for a character that can be seen.
func hide(r rune) rune {
	if strings.ContainsRune(" \t\r\n", r) {
		return r
	}
	return '*'
}

// findLeaks returns the secrets in args, variables and labels.
func findLeaks(sf *spec.Scratchfile) []leak {
	var list []leak
	add := func(key string, name, value spec.String) {
		if isSecret(name.Value, value.Value) {
			list = append(list, leak{key, name, value, findShape(value.Value)})
		}
	}
	for _, a := range sf.Args {
		if a.Default != nil {
			add("args", a.Name, *a.Default)
		}
	}
	for _, group := range []struct {
		key  string
		vars []spec.EnvVar
	}{{"build.env", sf.Build.Env}, {"image.env", sf.Image.Env}, {"image.labels", sf.Image.Labels}} {
		for _, e := range group.vars {
			add(group.key, e.Name, e.Value)
		}
	}
	return list
}

// shapes are kinds of secrets that a pattern can recognise.
var shapes = []struct {
	name    string
	pattern func() *regexp.Regexp
}{
	{"a private key", pattern.Compile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----`)},
	{"a GitHub token", pattern.Compile(`\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})`)},
	{"a GitLab token", pattern.Compile(`\bglpat-[A-Za-z0-9_-]{20,}`)},
	{"an AWS access key", pattern.Compile(`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`)},
	{"a Google API key", pattern.Compile(`\bAIza[A-Za-z0-9_-]{35}`)},
	{"a Slack token", pattern.Compile(`\bxox[abeprs]-[A-Za-z0-9-]{10,}`)},
	{"a Stripe key", pattern.Compile(`\b[sr]k_live_[A-Za-z0-9]{16,}`)},
	{"an npm token", pattern.Compile(`\bnpm_[A-Za-z0-9]{36}\b`)},
	{"a Docker access token", pattern.Compile(`\bdckr_pat_[A-Za-z0-9_-]{20,}`)},
	{"a JSON Web Token", pattern.Compile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`)},
}

// findShape returns the name of the shape that a value has, or "".
func findShape(value string) string {
	for _, s := range shapes {
		if s.pattern().MatchString(value) {
			return s.name
		}
	}
	return ""
}

// secretWord matches words in the names of secrets.
var secretWord = pattern.Compile(`(?:^|_)(?:TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|APIKEY|` +
	`(?:API|PRIVATE|SECRET|ACCESS|ENCRYPTION|SIGNING|DEPLOY)_KEY)(?:_|$)`)

// aboutSecret matches names that have such a word, but are not names of secrets.
var aboutSecret = pattern.Compile(`(?:^|_)PUBLIC(?:_|$)|_(?:FILE|PATH|DIR|URL|URI|ENDPOINT|HOST|ID|NAME|KIND|TYPE|HEADER|` +
	`FIELD|PREFIX|FORMAT|MODE|POLICY|PROVIDER|BACKEND|STORE|ISSUER|AUDIENCE|ALG|ALGORITHM|HASH|COST|ROUNDS|LENGTH|LEN|SIZE|` +
	`MIN|MAX|COUNT|LIMIT|TTL|EXPIRY|EXPIRES|LIFETIME|TIMEOUT|DAYS|HOURS|MINUTES|SECONDS|ENABLED|DISABLED|REQUIRED|ENV|VAR)$`)

// isSecret reports whether a variable or label looks like a secret.
func isSecret(name, value string) bool {
	return findShape(value) != "" || isSecretName(name) && isSecretValue(value)
}

// isSecretName reports whether a variable or label has the name of a secret.
func isSecretName(name string) bool {
	name = strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(name))
	return secretWord().MatchString(name) && !aboutSecret().MatchString(name)
}

// isSecretValue reports whether a value can be a secret. A switch or a path can't.
func isSecretValue(value string) bool {
	switch strings.ToLower(value) {
	case "", "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1":
		return false
	}
	return !strings.HasPrefix(value, "/")
}

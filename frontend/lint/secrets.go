package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// leak is a secret in a place that others can read.
type leak struct {
	key   string // where, such as image.env
	name  spec.String
	value spec.String
	shape string // what the value looks like; empty if only the name tells
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
		found = append(found, finding{detail: looks + ": " + advice, rng: l.name.Range})
	}
	return found
}

// Redact returns the text of the file with asterisks in place of each secret that
// SecretInEnv finds. Lines and columns stay as they are, so it is the text to show
// around a warning.
func Redact(sf *spec.Scratchfile) []byte {
	var hidden []spec.Range
	for _, l := range findLeaks(sf) {
		hidden = append(hidden, l.value.Range)
	}
	if len(hidden) == 0 {
		return sf.Data
	}
	slices.SortFunc(hidden, func(a, b spec.Range) int { return comparePositions(a.Start, b.Start) })
	var b strings.Builder
	if strings.HasPrefix(string(sf.Data), byteOrderMark) {
		b.WriteString(byteOrderMark)
	}
	for c := newCursor(sf.Data); c.more(); {
		for len(hidden) > 0 && comparePositions(c.at, hidden[0].End) >= 0 {
			hidden = hidden[1:]
		}
		start, at := c.off, c.at
		for c.step(); c.more() && isContinuation(c.next()); {
			c.step()
		}
		if char := c.text[start:c.off]; len(hidden) == 0 || comparePositions(at, hidden[0].Start) < 0 || isBlank(char[0]) {
			b.WriteString(char)
		} else {
			b.WriteByte('*')
		}
	}
	return []byte(b.String())
}

// isContinuation reports whether a byte is inside of a character, not at its
// start.
func isContinuation(b byte) bool { return b&0xc0 == 0x80 }

// findLeaks returns the secrets of the args, variables and labels.
func findLeaks(sf *spec.Scratchfile) []leak {
	var list []leak
	add := func(key string, name, value spec.String) {
		shape := secretShape(value.Value)
		if shape == "" && !(isSecretName(name.Value) && isSecretValue(value.Value)) {
			return
		}
		list = append(list, leak{key, name, value, shape})
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

// shapes are kinds of secrets that have a form of their own.
var shapes = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"a private key", regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----`)},
	{"a GitHub token", regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})`)},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{20,}`)},
	{"an AWS access key", regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{35}`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abeprs]-[A-Za-z0-9-]{10,}`)},
	{"a Stripe key", regexp.MustCompile(`\b[sr]k_live_[A-Za-z0-9]{16,}`)},
	{"an npm token", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}\b`)},
	{"a Docker access token", regexp.MustCompile(`\bdckr_pat_[A-Za-z0-9_-]{20,}`)},
	{"a JSON Web Token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`)},
}

// secretShape names what a value looks like.
func secretShape(value string) string {
	for _, s := range shapes {
		if s.pattern.MatchString(value) {
			return s.name
		}
	}
	return ""
}

// secretWord matches the words of a name that say that it holds a secret.
var secretWord = regexp.MustCompile(`(?:^|_)(?:TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|APIKEY|` +
	`(?:API|PRIVATE|SECRET|ACCESS|ENCRYPTION|SIGNING|DEPLOY)_KEY)(?:_|$)`)

// aboutSecret matches the names of things that are about a secret and hold none.
var aboutSecret = regexp.MustCompile(`(?:^|_)PUBLIC(?:_|$)|_(?:FILE|PATH|DIR|URL|URI|ENDPOINT|HOST|ID|NAME|KIND|TYPE|HEADER|` +
	`FIELD|PREFIX|FORMAT|MODE|POLICY|PROVIDER|BACKEND|STORE|ISSUER|AUDIENCE|ALG|ALGORITHM|HASH|COST|ROUNDS|LENGTH|LEN|SIZE|` +
	`MIN|MAX|COUNT|LIMIT|TTL|EXPIRY|EXPIRES|LIFETIME|TIMEOUT|DAYS|HOURS|MINUTES|SECONDS|ENABLED|DISABLED|REQUIRED|ENV|VAR)$`)

// isSecretName reports whether a variable or label is named as a secret.
func isSecretName(name string) bool {
	name = strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(name))
	return secretWord.MatchString(name) && !aboutSecret.MatchString(name)
}

// isSecretValue reports whether a value can be a secret. A switch and a path of
// the image can't.
func isSecretValue(value string) bool {
	switch strings.ToLower(value) {
	case "", "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1":
		return false
	}
	return !strings.HasPrefix(value, "/")
}

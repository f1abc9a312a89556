package spec

import (
	"strconv"
	"time"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

func defaultImage() Image {
	return Image{Workdir: String{Value: "/"}}
}

// imageFields are the keys of the image mapping.
var imageFields = []field[Image]{
	{key: "entrypoint", doc: "the command to run",
		form: as(listOf(aScalar), func(d *decoder, v *value, i *Image) { i.Entrypoint = d.program(v) })},
	{key: "cmd", doc: "arguments that a user of the image may replace",
		form: as(listOf(aScalar), func(d *decoder, v *value, i *Image) { i.Cmd = d.execForm(v) })},
	{key: "env", doc: "environment variables of the program",
		form: as(pairs(identifier().String(), aScalar), func(d *decoder, v *value, i *Image) { i.Env = d.imageEnv(v) })},
	{key: "user", doc: "who runs the program: `uid` or `uid:gid`, by number or by name",
		form: as(aScalar, func(d *decoder, v *value, i *Image) { i.User, _ = d.literal(v, d.account) })},
	{key: "workdir", doc: "the folder in which the program starts",
		form: setText(func(i *Image) *String { return &i.Workdir }, folderPath, engineFolder)},
	{key: "expose", doc: "ports, with or without `/tcp`, `/udp` or `/sctp`",
		form: as(listOf(aNumber), func(d *decoder, v *value, i *Image) { i.Expose = d.uniqueTexts(v.Path, d.literals(v, port)) })},
	{key: "volumes", doc: "where an engine mounts volumes", form: as(listOf(aString), func(d *decoder, v *value, i *Image) {
		i.Volumes = d.uniqueTexts(v.Path, d.texts(v, folderPath, notRoot, engineFolder))
	})},
	{key: "labels", doc: "labels of the image",
		form: as(pairs(`^\S+$`, aScalar), func(d *decoder, v *value, i *Image) { i.Labels = d.pairs(v, noSpace) })},
	{key: "stop-signal", doc: "the signal that stops the program", form: setLiteral(func(i *Image) *String { return &i.StopSignal }, signal)},
	{key: "healthcheck", doc: "a command that an engine runs to see if the program is well",
		form: as(oneOf(schema{"const": "none"}, mapping(healthcheckFields)),
			func(d *decoder, v *value, i *Image) { i.Healthcheck = d.healthcheck(v) })},
}

func (d *decoder) image(v *value, i *Image) {
	decodeMapping(d, v, i, imageFields)
}

// defaultPath is the PATH of an image that sets none.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// imageEnv decodes the environment of the image. The value of PATH may use ${PATH}, which is
// [defaultPath].
func (d *decoder) imageEnv(v *value) []EnvVar {
	return d.pairsOf(v, variableName, func(e yamlfile.Entry) (String, bool) {
		if _, isArg := d.scope.values["PATH"]; e.Key.Value != "PATH" || isArg {
			return d.literal(e.Value)
		}
		path := defaultPath
		d.scope.declare("PATH", &path)
		defer delete(d.scope.values, "PATH")
		return d.literal(e.Value)
	})
}

// healthcheckFields are the keys of image.healthcheck.
var healthcheckFields = []field[Healthcheck]{
	{key: "test", doc: "the command, without a word such as `CMD` before it",
		form:     as(notEmpty(listOf(aScalar)), func(d *decoder, v *value, h *Healthcheck) { h.Test = d.healthTest(v) }),
		required: `write "test: [/a.out, --health]" with a command that fails when the program is not well`},
	{key: "interval", doc: "time between two checks", form: setDuration(func(h *Healthcheck) *time.Duration { return &h.Interval })},
	{key: "timeout", doc: "time after which a check has failed", form: setDuration(func(h *Healthcheck) *time.Duration { return &h.Timeout })},
	{key: "start-period", doc: "time for which failures don't count", form: setDuration(func(h *Healthcheck) *time.Duration { return &h.StartPeriod })},
	{key: "start-interval", doc: "time between two checks in the start period", form: setDuration(func(h *Healthcheck) *time.Duration { return &h.StartInterval })},
	{key: "retries", doc: "failures in a row that make the program unwell", form: setCount(func(h *Healthcheck) *int { return &h.Retries }, retries)},
}

func (d *decoder) healthcheck(v *value) *Healthcheck {
	h := &Healthcheck{Range: v.Range}
	if v.Kind == yamlfile.KindString && v.Text == "none" {
		h.Test = []String{{Value: "NONE", Range: v.Range}}
		return h
	}
	if v.Kind != yamlfile.KindMapping {
		d.wrongKind(v, "a mapping", `write none, or a mapping such as {test: [/a.out, --health]}`)
		return nil
	}
	decodeMapping(d, v, h, healthcheckFields)
	return h
}

// program decodes a command whose first word is a program.
func (d *decoder) program(v *value) []String {
	command := d.execForm(v)
	if len(command) > 0 && command[0].Value == "" {
		d.Add(command[0].Range, "write the path of a program", "%s starts with an empty string", v.Path)
	}
	return command
}

// healthTest decodes the command of a health check. It puts the word CMD before it, which
// tells engines that no shell runs it.
func (d *decoder) healthTest(v *value) []String {
	command := d.program(v)
	d.refuseEmpty(v, "write the command, or write image.healthcheck: none")
	if len(command) == 0 {
		return nil
	}
	switch first := command[0]; first.Value {
	case "CMD", "CMD-SHELL", "NONE":
		d.Add(first.Range, "write the command only; image.healthcheck: none turns checks off",
			"%s starts with the keyword %s", v.Path, first.Value)
	}
	return append([]String{{Value: "CMD"}}, command...)
}

// setDuration is the form of a key that takes a duration.
func setDuration[T any](where func(*T) *time.Duration) form[T] {
	return as(aNumber, func(d *decoder, v *value, into *T) {
		if s, ok := d.literal(v, duration); ok {
			// The rule has parsed it already.
			*where(into), _ = time.ParseDuration(s.Value)
		}
	})
}

// count decodes a number. The rule accepts only numbers.
func (d *decoder) count(v *value, r rule) int {
	s, ok := d.literal(v, r)
	if !ok {
		return 0
	}
	n, _ := strconv.Atoi(s.Value)
	return n
}

// retries is the rule for the number of failures of a health check.
func retries(s string) (string, *complaint) {
	if n, err := strconv.Atoi(s); err != nil || n < 0 || !isDigits(s) {
		return "", complain("write a number such as 3", "%s is not a count", show(s))
	}
	return s, nil
}

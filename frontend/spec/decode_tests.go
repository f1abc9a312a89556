package spec

import (
	"time"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// testFields are the keys of an item of test.
var testFields = []field[Test]{
	{key: "run", doc: "the command; a scratch image has no shell",
		form:     as(notEmpty(listOf(aScalar)), func(d *decoder, v *value, t *Test) { t.Run = d.testCommand(v) }),
		required: `write "run: [/a.out, --version]" with the command to run in the image`},
	{key: "exit", doc: "the exit code that it must have", form: setCount(func(t *Test) *int { return &t.Exit }, exitCode)},
	{key: "stdout", doc: "what its standard output must have a match for", form: setPattern(func(t *Test) *String { return &t.Stdout })},
	{key: "stderr", doc: "what its standard error must have a match for", form: setPattern(func(t *Test) *String { return &t.Stderr })},
	{key: "stdin", doc: "what it can read", form: setLiteral(func(t *Test) *String { return &t.Stdin })},
	{key: "timeout", doc: "how long it may take", form: setDuration(func(t *Test) *time.Duration { return &t.Timeout })},
	{key: "required", doc: "whether a build fails that can't run programs of its platform", form: setBoolean(func(t *Test) *bool { return &t.Required })},
}

func (d *decoder) tests(v *value) []Test {
	if v.Kind == yamlfile.KindList && d.tooManyCommands(v) {
		return nil
	}
	return decodeList(d, v, func(item *value) (Test, bool) {
		t := Test{Range: item.Range, Timeout: DefaultTestTimeout}
		before := d.Found()
		decodeMapping(d, item, &t, testFields)
		if t.Timeout == 0 {
			d.Add(item.Range, "write a time such as 10s, or remove the key", "%s has a timeout of 0", item.Path)
		}
		return t, d.Found() == before
	})
}

func (d *decoder) testCommand(v *value) []String {
	command := d.program(v)
	d.refuseEmpty(v, "write the command to run in the image")
	return command
}

// exitCode is the rule for the exit code of a process.
func exitCode(s string) (string, *complaint) {
	if _, ok := number(s, 255); !ok {
		return "", complain("write a number from 0 to 255", "%s is not an exit code", show(s))
	}
	return s, nil
}

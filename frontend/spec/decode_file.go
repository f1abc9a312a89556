package spec

import (
	"maps"
	"slices"
)

// fileFields are the keys of the root mapping.
var fileFields = []field[Scratchfile]{
	// args comes first, because the strings of other keys may use them.
	{key: "args", doc: "build args and their defaults",
		form: as(pairs(identifier().String(), schema{"type": []string{"boolean", "null", "number", "string"}}),
			func(d *decoder, v *value, sf *Scratchfile) { sf.Args = d.args(v) })},
	{key: "build", doc: "how to compile",
		form: as(mapping(buildFields), func(d *decoder, v *value, sf *Scratchfile) { d.build(v, &sf.Build) })},
	// include and users come before files, because owners may be users of the image.
	{key: "include", doc: "ready-made files that programs expect in a root",
		form: as(listOf(oneName(includeNames()...)), func(d *decoder, v *value, sf *Scratchfile) { sf.Includes = d.includes(v) })},
	{key: "users", doc: "the users of the image besides root",
		form: as(notEmpty(listOf(mapping(userFields))), func(d *decoder, v *value, sf *Scratchfile) { sf.Users = d.users(v) })},
	// build comes before binary: without it, binaries are in the build context.
	{key: "binary", doc: "the programs to verify and to ship",
		form: as(oneOf(binaryItems.schema(), notEmpty(listOf(binaryItems.schema()))),
			func(d *decoder, v *value, sf *Scratchfile) { sf.Binaries = d.binaries(v) }),
		required: `write "binary: a.out" with the path of the program that build.run makes, or of one that is there without a build`},
	{key: "files", doc: "what the image has besides programs",
		form: as(listOf(fileItems.schema()), func(d *decoder, v *value, sf *Scratchfile) { d.files(v, sf) })},
	{key: "licenses", doc: "which licenses may be linked into the programs",
		form: as(mapping(licenceFields), func(d *decoder, v *value, sf *Scratchfile) { sf.Licences = d.licences(v) })},
	{key: "hints", doc: "the hints that are not shown, each with the reason",
		form: as(mapping(hintFields), func(d *decoder, v *value, sf *Scratchfile) { sf.Hints = d.hints(v) })},
	{key: "image", doc: "the configuration of the image",
		form: as(mapping(imageFields), func(d *decoder, v *value, sf *Scratchfile) { d.image(v, &sf.Image) })},
	{key: "test", doc: "commands that run in the finished image before the build returns it",
		form: as(listOf(mapping(testFields)), func(d *decoder, v *value, sf *Scratchfile) { sf.Tests = d.tests(v) })},
}

// scratchfile decodes the root mapping.
func (d *decoder) scratchfile(root *value) *Scratchfile {
	sf := &Scratchfile{Build: defaultBuild(), Image: defaultImage()}
	decodeMapping(d, root, sf, fileFields)
	d.checkBuildNames(sf)
	d.applyToolchains(sf)
	d.checkDestinations(sf)
	d.checkCaches(sf)
	d.checkRepeated(sf)
	if sf.Image.Entrypoint == nil && len(sf.Binaries) == 1 && !sf.Binaries[0].Into {
		sf.Image.Entrypoint = []String{{Value: sf.Binaries[0].To.Value}}
	}
	sf.PlatformArgs = platformArgs(d.vars)
	sf.UndeclaredArgs = undeclaredArgs(d.vars, sf.Args)
	for _, a := range sf.Args {
		if !d.scope.used[a.Name.Value] {
			sf.UnusedArgs = append(sf.UnusedArgs, a.Name.Value)
		}
	}
	return sf
}

func platformArgs(vars Vars) []Arg {
	var args []Arg
	for _, name := range slices.Sorted(maps.Keys(vars.Platform)) {
		value := vars.Platform[name]
		args = append(args, Arg{Name: String{Value: name}, Value: &value})
	}
	return args
}

// undeclaredArgs lists the args that the caller passed and the file does not declare, or
// can't: a predefined one does not change.
func undeclaredArgs(vars Vars, declared []Arg) []string {
	known := make(map[string]bool)
	for _, a := range declared {
		known[a.Name.Value] = true
	}
	var unknown []string
	for name, value := range vars.Args {
		own, ok := vars.Platform[name]
		if ok && own != value || !known[name] && !isPlatformArg(vars, name) && !isBuilderArg(name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

package main

import (
	"fmt"
	"path/filepath"
	"slices"
)

// tables returns everything that the bench measures. files is how many source files the
// generated project has.
func (b *bench) tables(files int) []table {
	main := &generated{dir: filepath.Join(b.tmp, "generated"), files: files}
	product := &product{dir: filepath.Join(b.tmp, "product")}
	seed := &seed{dir: filepath.Join(b.tmp, "seed"), root: filepath.Dir(b.cache)}
	pages := &site{dir: filepath.Join(b.tmp, "site"), files: 2000}
	named := &site{dir: filepath.Join(b.tmp, "named"), files: 100, named: true}
	crowd := &crowd{dir: filepath.Join(b.tmp, "crowd"), size: 50}
	atOnce := row{name: "50 builds at once", project: crowd, change: changed(crowd.edit), long: true, measure: crowd.buildAll}
	packed := []row{
		{name: "the demo, stripped and packed: cold", project: seed, change: emptied(), cold: true},
		{name: "the demo, stripped and packed: one source file edited", project: seed, change: changed(seed.edit)},
	}
	shapes := []row{
		{name: "2 programs, 10 links, 3 tests: cold", project: product, change: emptied(), cold: true},
		{name: "2 programs, 10 links, 3 tests: one source file edited", project: product, change: changed(product.edit)},
		{name: "2 programs, 10 links, 3 tests: nothing changed", project: product},
		{name: "2,000 files of data: one changed", project: pages, change: changed(pages.edit)},
		{name: "2,000 files of data: nothing changed", project: pages},
	}
	return []table{
		{title: "docker buildx build", sides: []side{byBuildx, byBuiltIn, byImage}, rows: slices.Concat(main.rows(), packed, []row{atOnce})},
		{title: "scratch build", sides: []side{byScratch, byBuildctl}, rows: slices.Concat(main.rows(), packed, shapes)},
		{title: "a BuildKit of its own", sides: []side{byEmbedded}, rows: b.embeddedRows()},
		{title: "real projects", sides: []side{byScratch, byBuildctl}, rows: b.realRows()},
		{title: "memory of the frontend", sides: []side{byBuildx, byImage}, show: megabytes, rows: []row{
			memoryRow(fmt.Sprintf("%d source files", files), main),
			memoryRow("2,000 files of data", pages),
			memoryRow("100 files of data, each named", named),
		}},
		{title: "pulled of a remote cache, by the size of the image", sides: []side{byScratch, byBuildctl}, show: times, rows: []row{
			{name: "all in the cache", project: pages, cold: true, long: true, measure: pulled(pages.dir)},
		}},
		{title: "linux/arm64 by linux/amd64", sides: []side{crossCompiled, forAMD64}, rows: []row{
			{name: "cold", project: main, change: emptied(), cold: true, long: true},
			{name: "all source files edited", project: main, change: changed(main.editHeader), long: true},
			{name: "one source file edited", project: main, change: changed(main.editSource)},
		}},
		{title: "linux/arm64 by linux/amd64, emulated", sides: []side{crossCompiled, emulated}, emulated: true, rows: []row{
			{name: "cold", project: main, change: emptied(), cold: true, long: true},
		}},
		{title: "verification", sides: []side{{name: "time"}}, show: microseconds, rows: b.verifications()},
	}
}

func microseconds(s float64) string { return fmt.Sprintf("%.0f µs", s*1e6) }

func times(n float64) string { return fmt.Sprintf("%.2fx", n) }

// rows are what a developer does, one after another.
func (p *generated) rows() []row {
	return []row{
		{name: "cold", project: p, change: emptied(), cold: true, long: true},
		{name: "one source file edited", project: p, change: changed(p.editSource)},
		{name: "one package added", project: p, change: changed(p.addPackage), once: true, long: true},
		{name: "one data file changed", project: p, change: changed(p.editData)},
		{name: "nothing changed", project: p},
	}
}

func (b *bench) realRows() []row {
	var out []row
	for _, p := range b.upstreams() {
		out = append(out,
			row{name: p.source + ": cold", project: p, change: emptied(), cold: true, long: true},
			row{name: p.source + ": one source file edited", project: p, change: changed(p.edit), long: true})
	}
	return out
}

func memoryRow(name string, p project) row {
	return row{name: name, project: p, long: true, measure: memoryOf(p.folder())}
}

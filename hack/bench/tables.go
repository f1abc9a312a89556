package main

import (
	"fmt"
	"path/filepath"
)

// tables returns everything that the bench measures. files is how many source files the
// generated project has.
func (b *bench) tables(files int) []table {
	main := &generated{dir: filepath.Join(b.tmp, "generated"), files: files}
	product := &product{dir: filepath.Join(b.tmp, "product")}
	site := &site{dir: filepath.Join(b.tmp, "site"), files: 2000}
	crowd := &crowd{dir: filepath.Join(b.tmp, "crowd"), size: 50}
	atOnce := row{name: "50 builds at once", project: crowd, change: changed(crowd.edit), each: true, long: true, measure: crowd.buildAll}
	shapes := []row{
		{name: "2 programs, 10 links, 3 tests: cold", project: product, change: emptied(), each: true},
		{name: "2 programs, 10 links, 3 tests: one source file edited", project: product, change: changed(product.edit)},
		{name: "2 programs, 10 links, 3 tests: nothing changed", project: product},
		{name: "2,000 files of data: one changed", project: site, change: changed(site.edit)},
		{name: "2,000 files of data: nothing changed", project: site},
	}
	return []table{
		{title: "docker buildx build", sides: []side{byBuildx, byBuiltIn, byImage}, rows: append(main.rows(), atOnce)},
		{title: "scratch build", sides: []side{byScratch, byBuildctl}, rows: append(main.rows(), shapes...)},
		{title: "real projects", sides: []side{byScratch, byBuildctl}, rows: b.realRows()},
		{title: "records of links", sides: []side{byScratch, withoutRecord}, rows: []row{
			{name: "cold, 50 links", project: main, change: emptied(func() error { return main.link(50) }), each: true, long: true},
		}},
		{title: "memory of the frontend", sides: []side{byBuildx, byImage}, show: size, rows: memoryRows(main, site, &long{*b.longSite()})},
		{title: "pulled of a remote cache, by the size of the image", sides: []side{byScratch, byBuildctl}, show: times, rows: []row{
			{name: "all in the cache", project: site, each: true, long: true, measure: pulled(site.dir)},
		}},
		{title: "verification", sides: []side{{name: "time"}}, show: microseconds, rows: b.verifications()},
	}
}

func microseconds(s float64) string { return fmt.Sprintf("%.0f µs", s*1e6) }

func times(n float64) string { return fmt.Sprintf("%.2fx", n) }

// rows are what a developer does, one after another.
func (p *generated) rows() []row {
	return []row{
		{name: "cold", project: p, change: emptied(), each: true, long: true},
		{name: "one source file edited", project: p, change: changed(p.editSource)},
		{name: "one package added", project: p, change: changed(p.addPackage), long: true},
		{name: "one data file changed", project: p, change: changed(p.editData)},
		{name: "nothing changed", project: p},
	}
}

func (b *bench) realRows() []row {
	var out []row
	for _, p := range b.upstreams() {
		out = append(out,
			row{name: p.source + ": cold", project: p, change: emptied(), each: true, long: true},
			row{name: p.source + ": one source file edited", project: p, change: changed(p.edit), long: true})
	}
	return out
}

func (b *bench) longSite() *site { return &site{dir: filepath.Join(b.tmp, "long"), files: 100} }

func memoryRows(main *generated, site *site, long *long) []row {
	out := []row{
		{name: fmt.Sprintf("%d source files", main.files), project: main},
		{name: "2,000 files of data", project: site},
		{name: "100 lines that name a file", project: long},
	}
	for i := range out {
		out[i].measure = memoryOf(out[i].project.folder())
	}
	return out
}

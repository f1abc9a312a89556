package convert

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// readMount carries a --mount over.
func (b *build) readMount(line int, st *step, m *instructions.Mount) {
	switch m.Type {
	case instructions.MountTypeCache:
		b.readCache(line, st, m)
	case instructions.MountTypeSecret:
		b.readSecret(m)
	case instructions.MountTypeSSH:
		b.keys = addSecret(b.keys, secret{id: orDefault(m.CacheID, "default"), required: m.Required})
	case instructions.MountTypeBind:
		b.readBind(line, m)
	}
}

func (b *build) readCache(line int, st *step, m *instructions.Mount) {
	if m.CacheID != "" && m.CacheID != m.Target {
		b.c.note(line, "the cache %s belongs to this project; to share it with others as id=%s did, write {path: %[1]s, share: NAME}", m.Target, m.CacheID)
	}
	at := b.abs(m.Target)
	if strings.HasPrefix(b.workdir+"/", at+"/") || hidesBase().MatchString(at) {
		b.c.note(line, "the cache %s is left out: it would hide the sources or the base's own files", m.Target)
		return
	}
	st.cached = append(st.cached, at)
	b.cacheLines[at] = line
	if !slices.Contains(b.caches, at) {
		b.caches = append(b.caches, at)
	}
}

func (b *build) readSecret(m *instructions.Mount) {
	s := secret{id: orDefault(orDefault(m.CacheID, m.Source), path.Base(m.Target)), required: m.Required}
	switch {
	case m.Env != nil:
		s.env = orDefault(*m.Env, s.id)
	case m.Target != "":
		s.file = b.abs(m.Target)
	default:
		s.file = "/run/secrets/" + s.id
	}
	b.secrets = addSecret(b.secrets, s)
}

func addSecret(secrets []secret, s secret) []secret {
	if slices.ContainsFunc(secrets, func(o secret) bool { return o.id == s.id && o.env == s.env && o.file == s.file }) {
		return secrets
	}
	return append(secrets, s)
}

// readBind makes sources of a bind mount, which a script finds at the same place.
func (b *build) readBind(line int, m *instructions.Mount) {
	src := path.Clean("/" + m.Source)
	if m.From == "" {
		src = orDefault(strings.TrimPrefix(src, "/"), ".")
	}
	for _, it := range b.c.items(b.stage, copying{SourcesAndDest: instructions.SourcesAndDest{SourcePaths: []string{src}}, line: line, from: m.From}) {
		if it.kind != fromBuild { // the build has its own files
			b.addSource(it, b.abs(m.Target), false)
		}
	}
}

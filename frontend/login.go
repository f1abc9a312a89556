package frontend

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/rene2/scratch-frontend/llb"
)

// explainLogin explains which secret a git server asks for, at the line of the source. It
// finds the source by the address in BuildKit's error.
func (p *parsed) explainLogin(err error) error {
	if !wantsLogin(err) {
		return err
	}
	for _, s := range p.file.Build.Sources {
		if s.Git == nil {
			continue
		}
		u, parseErr := url.Parse(s.Git.URL.Value)
		if parseErr != nil || !strings.Contains(err.Error(), "://"+u.Host) {
			continue
		}
		fix := "write its address with https: no token is sent in the clear"
		if token := llb.GitToken(s.Git.URL.Value); token != "" {
			fix = "if it is a private repository, pass its token with --secret id=" + token + ",env=VARIABLE; the secret's name ends in the host"
		}
		return p.at(fmt.Errorf("the server of %s asks who you are, or has no such repository\n  fix: %s", s.Git.URL.Value, fix), s.Range)
	}
	return err
}

package server

import (
	"flag"
	"strings"
)

// Name is the name under which a program is the server.
const Name = "scratch-builder"

// Args returns the arguments, with the name, that [Parse] reads.
func (c *Config) Args() []string {
	args := []string{Name}
	c.flags().VisitAll(func(f *flag.Flag) {
		if v := f.Value.String(); v != "" && v != "false" {
			args = append(args, "-"+f.Name+"="+f.Value.String())
		}
	})
	return args
}

// Parse reads the arguments behind the name.
func Parse(args []string) (Config, error) {
	var c Config
	err := c.flags().Parse(args)
	return c, err
}

func (c *Config) flags() *flag.FlagSet {
	f := flag.NewFlagSet(Name, flag.ContinueOnError)
	f.StringVar(&c.Root, "root", c.Root, "")
	f.StringVar(&c.Socket, "socket", c.Socket, "")
	f.StringVar(&c.Runc, "runc", c.Runc, "")
	f.DurationVar(&c.Idle, "idle", c.Idle, "")
	f.Int64Var(&c.MaxUsed, "max-used", c.MaxUsed, "")
	f.BoolVar(&c.Check, "check", c.Check, "")
	f.Var((*list)(&c.Entitlements), "entitlement", "")
	return f
}

// list is a flag whose items have commas between them.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = strings.Split(s, ","); return nil }

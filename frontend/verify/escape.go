package verify

import "github.com/rene2/scratch-frontend/frontend/quote"

// printable returns a name that is short and safe to print.
func printable(name string) string { return quote.Short(name) }

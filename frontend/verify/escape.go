package verify

import "github.com/rene2/scratch-frontend/frontend/quote"

// printable makes a name safe to show, and short.
func printable(name string) string { return quote.Short(name) }

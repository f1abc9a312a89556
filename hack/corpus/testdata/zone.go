// Asks for a time zone by name.
package main

import (
	"os"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		time.LoadLocation(os.Args[1])
	}
	os.Stdout.WriteString("ok\n")
}

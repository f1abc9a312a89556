// Asks for the system's CA certificates.
package main

import (
	"crypto/x509"
	"os"
)

func main() {
	if len(os.Args) > 1 {
		x509.SystemCertPool()
	}
	os.Stdout.WriteString("ok\n")
}

// Lookout connects to a TLS server, checks its certificate against those that the
// system trusts, and says how long it is good for.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

func main() {
	selfTest := flag.Bool("self-test", false, "connect to servers of this program's own")
	flag.Parse()
	if err := run(*selfTest, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "lookout:", err)
		os.Exit(1)
	}
}

func run(selfTest bool, servers []string) error {
	trusted, err := x509.SystemCertPool()
	if err != nil {
		return err
	}
	if trusted.Equal(x509.NewCertPool()) {
		return errors.New("this system trusts no one: it has no CA certificates")
	}
	if selfTest {
		return testAll(trusted)
	}
	for _, s := range servers {
		until, err := look(s, trusted)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		fmt.Printf("%s: good until %s\n", s, until.Format(time.DateOnly))
	}
	return nil
}

// look gives the day up to which a server's certificate is good.
func look(server string, trusted *x509.CertPool) (time.Time, error) {
	c, err := tls.Dial("tcp", server, &tls.Config{RootCAs: trusted})
	if err != nil {
		return time.Time{}, err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].NotAfter, nil
}

// testAll shows that a certificate is checked: one that no one has signed is
// refused, and welcome when it is added to those that are trusted.
func testAll(trusted *x509.CertPool) error {
	server, certificate, err := serve()
	if err != nil {
		return err
	}
	_, err = look(server, trusted)
	var stranger x509.UnknownAuthorityError
	if !errors.As(err, &stranger) {
		return fmt.Errorf("a stranger was not refused as one: %v", err)
	}
	fmt.Println("a stranger is refused:", stranger)

	friends := trusted.Clone()
	friends.AddCert(certificate)
	until, err := look(server, friends)
	if err != nil {
		return err
	}
	fmt.Println("a friend is welcome:", time.Until(until).Round(time.Minute))
	return nil
}

// serve starts a server with a new certificate that only itself has signed.
func serve() (string, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return "", nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return "", nil, err
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	})
	if err != nil {
		return "", nil, err
	}
	go accept(l)
	return l.Addr().String(), certificate, nil
}

// accept shakes hands with all who come.
func accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if t, ok := c.(*tls.Conn); ok {
				_ = t.Handshake()
			}
		}()
	}
}

package main

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// requireSecretFiles refuses secrets that are folders, sockets or devices. BuildKit reads
// a secret to its end when a step asks for it, and a device may have none. A FIFO will
// do: a shell makes one of the output of a command.
func requireSecretFiles(list []string) error {
	for _, item := range list {
		fields, err := csv.NewReader(strings.NewReader(item)).Read()
		if err != nil {
			return err
		}
		for _, field := range fields {
			key, file, _ := strings.Cut(field, "=")
			if key = strings.ToLower(key); key != "src" && key != "source" {
				continue
			}
			info, err := os.Stat(file)
			switch {
			case errors.Is(err, fs.ErrNotExist): // what reads it says so
			case err != nil:
				return err
			case info.Mode()&fs.ModeNamedPipe != 0:
			default:
				if err := isRegular(file, info); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

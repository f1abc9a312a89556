package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/rene2/scratch-frontend/frontend/version"
)

const manLong = `Writes the manual pages of scratch to a folder, a page for each command. The pages are
the same texts that --help prints.

Their date is $SOURCE_DATE_EPOCH; without it, they have none.

Exit code: 0 if they are written, 2 if not.`

const manExample = `  scratch man ~/.local/share/man/man1
  man scratch-build`

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:     "man FOLDER",
		Short:   "Write the manual pages",
		Long:    manLong,
		Example: manExample,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return writePages(cmd.Root(), args[0])
		},
	}
}

// writePages writes a page for a command and for those below it.
func writePages(cmd *cobra.Command, dir string) error {
	if !cmd.IsAvailableCommand() && cmd.HasParent() {
		return nil
	}
	for _, c := range cmd.Commands() {
		if err := writePages(c, dir); err != nil {
			return err
		}
	}
	page, err := manPage(cmd)
	if err != nil {
		return err
	}
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
	return os.WriteFile(filepath.Join(dir, name), page, 0o644)
}

// manPage returns the page of a command.
func manPage(cmd *cobra.Command) ([]byte, error) {
	date, err := pageDate()
	if err != nil {
		return nil, err
	}
	cmd.DisableAutoGenTag = true // it would have the time of day
	var page strings.Builder
	header := doc.GenManHeader{Section: "1", Source: "scratch " + version.Read().Version, Manual: "scratch", Date: &date}
	if err := doc.GenMan(cmd, &header, &page); err != nil {
		return nil, err
	}
	text := page.String()
	if date.IsZero() {
		text = strings.Replace(text, `"Jan 0001"`, `""`, 1)
	}
	return []byte(text), nil
}

// pageDate returns the date of the pages, or the zero time.
func pageDate() (time.Time, error) {
	value := os.Getenv("SOURCE_DATE_EPOCH")
	if value == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

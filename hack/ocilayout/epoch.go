package ocilayout

import (
	"fmt"
	"strconv"
	"time"
)

// ParseEpoch parses a SOURCE_DATE_EPOCH. The empty value is 1970-01-01.
func ParseEpoch(value string) (time.Time, error) {
	if value == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

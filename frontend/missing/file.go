package missing

import (
	"encoding/json"
	"slices"
)

// File is the name of the file with the needs of a failed command, and MaxFile the most
// bytes of it.
const (
	File    = "missing"
	MaxFile = 4096
)

// Encode returns the needs as the content of a file.
func Encode(needs []Need) []byte {
	data, err := json.Marshal(needs)
	if err != nil {
		panic(err) // strings have a JSON form
	}
	return data
}

// Decode reads such a file. A command may have written it, so only what [Find] could have
// found is returned.
func Decode(data []byte) []Need {
	var needs []Need
	if json.Unmarshal(data, &needs) != nil {
		return nil
	}
	kinds := []Kind{Library, Header, Module, CMake, Command, Repository, Emulator}
	needs = slices.DeleteFunc(needs, func(n Need) bool { return !slices.Contains(kinds, n.Kind) || !isPlain(n.Name) })
	return needs[:min(len(needs), maxNeeds)]
}

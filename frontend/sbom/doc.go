// Package sbom says what the programs of an image were linked of: as an SPDX document,
// as a CycloneDX document, as a table, as a notice for people, and as the database of
// apk that scanners read. It holds the licences against a policy.
//
// All of it is made of one value. A [Build] has what is known: what the linker took,
// which packages the base has installed, which sources there were. [New] joins that to
// an [Inventory], which the other functions print. They read no files, ask nobody and
// know no time, so that the same build gives the same bytes.
package sbom

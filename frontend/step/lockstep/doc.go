// Package lockstep is the lock step: how the plan asks for it ([Args]), what the step does
// ([Run]) and how the frontend reads its report ([ParseReport]).
//
// The step is a process in the base. It has network, and an empty folder as apk's cache.
// The base's own apk installs the packages, as in a build without a lock. Then the step
// reads the result: the database says which packages were added, and the cache has their
// files, whose signatures apk has checked.
//
// apk 3 can say where a package comes from. apk 2 can't, so the step reads its indexes.
// Their format does not change any more.
//
// apk does not download a package whose installed size is 0, such as one without files
// (apk_solver_precache_changeset in commit.c of apk-tools 3.0, apk_db_install_pkg in
// database.c of 2.14). A locked build needs the file of such a package for its
// dependencies. So the step downloads it.
package lockstep

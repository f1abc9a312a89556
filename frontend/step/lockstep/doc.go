// Package lockstep is the lock step: its request ([Args]), its run ([Run]) and its report
// ([ParseReport]).
//
// The step runs in the base, with network and with an empty folder in place of apk's
// cache. The base's own apk installs packages, as in a build without a lock. Afterwards
// its database says which packages were added, and the cache has their files, whose
// signatures apk has checked.
//
// The step asks apk 3 where the files come from. apk 2 can't say that, so the step reads
// its indexes, whose format no longer changes.
//
// apk downloads no package whose installed size is 0, which is the size of a package
// without files (apk_solver_precache_changeset in commit.c of apk-tools 3.0,
// apk_db_install_pkg in database.c of 2.14). A locked build needs its file too, since its
// dependencies are the packages that were wanted. So the step downloads it.
package lockstep

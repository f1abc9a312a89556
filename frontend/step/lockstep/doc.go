// Package lockstep is both sides of the contract of the lock step: how the plan
// asks for it ([Args]), what the step does ([Run]) and how the frontend reads its
// report ([ParseReport]).
//
// The step is a process in the base, with network and with an empty folder in place
// of apk's cache. It lets the base's own apk install packages, as a build without a
// lock does, and looks at what that left: the database says which packages were
// added, and the cache holds the files that apk has checked the signatures of.
//
// Where they come from, apk 3 is asked. apk 2 can't tell, so that its indexes are
// read; the format of those does not change any more.
//
// apk downloads no package whose installed size is 0 (apk_solver_precache_changeset
// in commit.c of apk-tools 3.0, apk_db_install_pkg in database.c of 2.14), as that
// of a package without files is. A locked build needs its file all the same: it
// stands for what its dependencies are. So the step downloads it.
package lockstep

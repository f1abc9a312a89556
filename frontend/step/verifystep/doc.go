// Package verifystep is both sides of the contract of the verify step: how the
// plan asks for it ([Args]), what the step does ([Run]) and how the frontend
// reads its report ([ParseReport]).
//
// The step is a process in the build graph. It looks at each requested binary in
// the build's read-only output, and copies it, with its mode and its name in the
// image, to the mount that the final image is made from. When any binary is
// refused it copies none. Either way it writes a report and exits 0, so that the
// result is cached and the frontend can say why; a non-zero exit means that the
// step itself could not be carried out.
package verifystep

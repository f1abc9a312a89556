package buildkit

// Kill ends the daemon behind its starter's back.
func (d *Daemon) Kill() { d.process.Kill() }

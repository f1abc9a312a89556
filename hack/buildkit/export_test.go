package buildkit

// Kill ends the daemon behind its starter's back.
func (d *Daemon) Kill() error {
	err := d.cmd.Process.Kill()
	<-d.exited
	return err
}

// Sleep is a build step that does not end by itself.
package main

import "time"

func main() { time.Sleep(time.Hour) }

// Imports nothing.
package main

func main() { println("ok") }

target "default" {
  dockerfile = "Scratchfile"
  contexts   = { web = "target:web" }
}

target "web" {
  context = "web"
}

target "default" {
  dockerfile = "Scratchfile"
  contexts = {
    "ditty-bag:1" = "target:ditty-bag"
    passage       = "target:passage"
    charts        = "../passage"
  }
}

target "ditty-bag" {
  context    = "../ditty-bag"
  dockerfile = "Scratchfile"
}

# The programs alone.
target "passage" {
  context    = "../passage"
  dockerfile = "Scratchfile"
  target     = "binary"
}

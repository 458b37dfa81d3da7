broken = "abc"

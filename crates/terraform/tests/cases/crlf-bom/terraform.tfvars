x = "y"

default = "a file of values by another name is only read when it is named"

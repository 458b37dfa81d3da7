var_file = "given.tfvars"
var      = "given.tfvars"

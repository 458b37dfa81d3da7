# Null that is given stands for no value only where the variable is not nullable.
# https://developer.hashicorp.com/terraform/language/block/variable#nullable
module "m" {
  source   = "./m"
  nullable = null
  refusing = null
}

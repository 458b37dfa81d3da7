# Instances of modules that are perhaps there, and however many there are.
variable "is_on" { type = bool }
variable "names" { type = set(string) }

module "maybe" {
  source = "./m"
  count  = var.is_on ? 1 : 0
  name   = "maybe"
}

module "many" {
  source   = "./m"
  for_each = var.names
  name     = each.key
}

resource "aws_ssm_parameter" "reader" {
  tags = {
    maybe = one(module.maybe[*].name)
    many  = join(",", keys(module.many))
    any   = contains(keys(module.many), "*")
  }
}

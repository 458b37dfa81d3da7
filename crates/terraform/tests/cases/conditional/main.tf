# https://developer.hashicorp.com/terraform/language/expressions/conditionals
variable "is_on" { type = bool }
variable "name" { type = string }

locals {
  none = []
}

resource "aws_ssm_parameter" "p" {
  tags = {
    decided   = 1 < 2 ? "yes" : "no"
    # Only the side that is taken matters.
    safe      = length(local.none) > 0 ? local.none[0] : "empty"
    choice    = var.is_on ? "a" : "b"
    agreed    = var.is_on ? "same" : "same"
    nested    = var.is_on ? (var.name == "x" ? "a" : "b") : "c"
    chain     = false ? "a" : true ? "b" : "c"
    # The two sides have one type.
    unified   = jsonencode(true ? 1 : "x")
    attribute = (var.is_on ? { k = "a" } : { k = "b" }).k
    inside    = "x-${var.is_on ? "a" : "b"}"
    absent    = var.is_on ? "there" : null
    settled   = var.is_on || true ? "yes" : "no"
    both      = (var.is_on ? "a" : "b") == "c" ? "yes" : "no"
  }
}

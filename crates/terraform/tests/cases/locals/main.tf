# https://developer.hashicorp.com/terraform/language/block/locals
locals {
  name = "${local.prefix}-${local.suffix["b"]}"
}

locals {
  suffix = { b = var.b }
  prefix = "a"
  unused = local.not_declared
}

variable "b" {
  default = "b"
}

resource "aws_ssm_parameter" "p" {
  name = local.name
}

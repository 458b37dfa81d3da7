# https://developer.hashicorp.com/terraform/language/functions/try
variable "is_on" { type = bool }
variable "any" {}

locals {
  object = { a = { b = "found" } }
  list   = ["only"]
}

resource "aws_ssm_parameter" "none" {
  count = 0
}

resource "aws_ssm_parameter" "maybe" {
  count = var.is_on ? 1 : 0
  name  = "maybe"
}

resource "aws_ssm_parameter" "p" {
  tags = {
    first    = try(local.object.a.b, "fallback")
    second   = try(local.object.x.y, local.object.a.c, "fallback")
    index    = try(local.list[3], "fallback")
    null     = jsonencode(try(null, "fallback"))
    can      = can(local.object.a.b)
    cannot   = can(local.object.a.b.c)
    number   = try(tonumber("x"), 5)
    none     = try(aws_ssm_parameter.none[0].name, "fallback")
    maybe    = try(aws_ssm_parameter.maybe[0].name, "fallback")
    any      = try(var.any.a, "fallback")
    can_any  = can(var.any.a)
    assigned = try(aws_ssm_parameter.p2.arn, "never")
  }
}

resource "aws_ssm_parameter" "p2" {
  name = "p2"
}

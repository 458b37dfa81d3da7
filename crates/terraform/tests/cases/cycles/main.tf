# What depends on itself has no value; the rest has.
locals {
  self = local.self
  a    = local.b
  b    = "x${local.c}"
  c    = [local.a]
  safe = "safe"
}

resource "aws_ssm_parameter" "local" {
  name  = local.safe
  value = local.a
}

resource "aws_ssm_parameter" "one" {
  name = aws_ssm_parameter.two.name
  tier = "Standard"
}

resource "aws_ssm_parameter" "two" {
  name = aws_ssm_parameter.one.name
  tier = "Standard"
}

resource "aws_ssm_parameter" "counted" {
  count = length(aws_ssm_parameter.counted)
  tier  = "Standard"
}

resource "aws_ssm_parameter" "itself" {
  name  = "itself"
  value = aws_ssm_parameter.itself.name
}

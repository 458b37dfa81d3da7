# https://developer.hashicorp.com/terraform/language/meta-arguments/for_each
locals {
  places = {
    b = { size = 2 }
    a = { size = 1 }
  }
}

resource "aws_ssm_parameter" "map" {
  for_each = local.places
  name     = each.key
  value    = each.value.size
}

resource "aws_ssm_parameter" "set" {
  for_each = toset(["y", "x", "y"])
  name     = each.key
  value    = each.value
}

resource "aws_ssm_parameter" "quoted" {
  for_each = { "a \"b\"" = 1 }
  name     = each.key
}

resource "aws_ssm_parameter" "none" {
  for_each = {}
  name     = "never"
}

# Chaining: one for each of the other, with the other as its value.
resource "aws_ssm_parameter" "chained" {
  for_each    = aws_ssm_parameter.map
  name        = "of-${each.key}"
  value       = each.value.name
  description = each.value.arn
}

resource "aws_ssm_parameter" "reader" {
  tags = {
    one  = aws_ssm_parameter.map["b"].value
    all  = join(",", [for k, p in aws_ssm_parameter.map : "${k}${p.value}"])
    keys = join(",", keys(aws_ssm_parameter.set))
    ids  = join(",", values(aws_ssm_parameter.map)[*].name)
  }
}

# https://developer.hashicorp.com/terraform/language/meta-arguments/count
locals {
  is_on = false
}

resource "aws_ssm_parameter" "none" {
  count = 0
  name  = "never"
}

resource "aws_ssm_parameter" "off" {
  count = local.is_on ? 1 : 0
  name  = "never"
}

resource "aws_ssm_parameter" "two" {
  count = length(["a", "b"])
  name  = "p${count.index}"
}

resource "aws_ssm_parameter" "text" {
  count = "1"
  name  = "one"
}

resource "aws_ssm_parameter" "reader" {
  tags = {
    first  = aws_ssm_parameter.two[0].name
    all    = join(",", aws_ssm_parameter.two[*].name)
    number = length(aws_ssm_parameter.two)
    none   = length(aws_ssm_parameter.none)
    id     = aws_ssm_parameter.two[1].arn
  }
}

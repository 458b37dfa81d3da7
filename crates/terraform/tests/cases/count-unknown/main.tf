# One resource stands for however many there are; one of a choice is perhaps there.
variable "is_on" { type = bool }
variable "many" { type = number }

resource "aws_ssm_parameter" "maybe" {
  count = var.is_on ? 1 : 0
  name  = "maybe"
}

resource "aws_ssm_parameter" "one_or_two" {
  count = var.is_on ? 2 : 1
  name  = "n${count.index}"
}

resource "aws_ssm_parameter" "many" {
  count = var.many
  name  = "m${count.index}"
}

resource "aws_ssm_parameter" "reader" {
  tags = {
    maybe = one(aws_ssm_parameter.maybe[*].name)
    sure  = aws_ssm_parameter.one_or_two[0].name
    many  = aws_ssm_parameter.many[0].name
  }
}

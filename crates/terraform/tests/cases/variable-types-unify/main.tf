# The elements of a collection have one type: where it is `any`, the one that all can be converted to.
# https://developer.hashicorp.com/terraform/language/expressions/type-constraints#dynamic-types-the-any-constraint
variable "list" {
  type    = list(any)
  default = [1, "b", true]
}

variable "map" {
  type    = map(any)
  default = { a = 1, b = "x" }
}

resource "aws_ssm_parameter" "p" {
  tags = { list = jsonencode(var.list), map = jsonencode(var.map) }
}

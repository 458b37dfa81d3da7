variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { default = "default" }

resource "aws_ssm_parameter" "p" {
  tags = { a = var.a, b = var.b, c = var.c }
}

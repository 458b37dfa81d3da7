variable "name" {
  type = string
}

variable "size" {
  type    = number
  default = 1
}

resource "aws_ssm_parameter" "p" {
  name = var.name
}

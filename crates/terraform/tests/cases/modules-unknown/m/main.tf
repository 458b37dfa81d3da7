variable "name" { type = string }

resource "aws_ssm_parameter" "p" {
  name = var.name
}

output "name" { value = var.name }

variable "nullable" {
  type    = string
  default = "the default"
}

variable "refusing" {
  type     = string
  default  = "the default"
  nullable = false
}

variable "unset" {
  type    = string
  default = null
}

resource "aws_ssm_parameter" "p" {
  name        = var.nullable
  value       = var.refusing
  description = var.unset
}

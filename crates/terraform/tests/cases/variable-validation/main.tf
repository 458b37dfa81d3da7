# https://developer.hashicorp.com/terraform/language/block/variable#validation
variable "broken" {
  type = string
  validation {
    condition     = length(var.broken) > 3
    error_message = "More than three letters are needed."
  }
}

variable "kept" {
  default = "long enough"
  validation {
    condition     = length(var.kept) > 3
    error_message = "Never said."
  }
}

variable "open" {
  type = string
  validation {
    condition     = can(regex("^[a-z]+$", var.open))
    error_message = "Never said: it has no value yet."
  }
}

variable "several" {
  default = 5
  validation {
    condition     = var.several > 1
    error_message = "Never said."
  }
  validation {
    condition     = var.several < 5
    error_message = "${var.several} is too much."
  }
}

resource "aws_ssm_parameter" "p" {
  name  = var.broken
  value = var.open
}

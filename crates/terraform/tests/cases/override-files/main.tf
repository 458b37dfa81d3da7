# https://developer.hashicorp.com/terraform/language/files/override
variable "name" {
  type    = string
  default = "from main"
}

locals {
  tier = "Standard"
  kept = "kept"
}

resource "aws_ssm_parameter" "p" {
  name        = var.name
  value       = "from main"
  description = local.kept
  tier        = local.tier
}

resource "aws_security_group" "g" {
  name = "g"
  ingress {
    protocol    = "tcp"
    from_port   = 1
    to_port     = 1
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    protocol    = "tcp"
    from_port   = 2
    to_port     = 2
    cidr_blocks = ["10.0.0.0/8"]
  }
}

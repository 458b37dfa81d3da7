variable "name" {
  default = "from override.tf"
}

locals {
  tier = "Advanced"
}

resource "aws_ssm_parameter" "p" {
  value = "from override.tf"
}

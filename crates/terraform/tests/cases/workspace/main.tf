# https://developer.hashicorp.com/terraform/language/state/workspaces
locals {
  sizes = { default = 1, prod = 3 }
}

resource "aws_ssm_parameter" "p" {
  count = local.sizes[terraform.workspace]
  name  = "${terraform.workspace}-${count.index}"
  tier  = terraform.workspace == "prod" ? "Advanced" : "Standard"
}

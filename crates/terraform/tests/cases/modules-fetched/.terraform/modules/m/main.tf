variable "name" {}

resource "aws_ssm_parameter" "p" {
  name = var.name
}

module "deep" {
  source = "git::https://example.com/deep.git//sub"
}

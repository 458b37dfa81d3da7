module "c" {
  source = "./."
}

resource "aws_ssm_parameter" "p" {
  name = "c"
}

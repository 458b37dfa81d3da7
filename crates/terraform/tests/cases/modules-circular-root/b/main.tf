module "a" {
  source = "../a"
}

resource "aws_ssm_parameter" "p" {
  name = "b"
}

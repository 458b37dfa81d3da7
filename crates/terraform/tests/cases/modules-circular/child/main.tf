resource "aws_ssm_parameter" "p" {
  name = "child"
}

module "again" {
  source = "../child"
}

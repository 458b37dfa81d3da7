# A module that calls itself could never be installed. What stands beside the call is judged.
module "child" {
  source = "./child"
}

resource "aws_ssm_parameter" "p" {
  name = "root"
}

# Folders that call each other, and one that calls itself: none may be left out because another one calls it.
module "b" {
  source = "../b"
}

resource "aws_ssm_parameter" "p" {
  name = "a"
}

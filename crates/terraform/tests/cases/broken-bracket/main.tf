resource "aws_ssm_parameter" "p" {
  name = "p"
  tags = {
    a = [1, 2
  }
  tier = "Standard"
}

resource "aws_ssm_parameter" "behind" {
  name  = "behind"
  value = upper("x"
}

resource "aws_ssm_parameter" "last" {
  name = "last"
}

resource "aws_ssm_parameter" "before" {
  name = "before"
}

resource "aws_ssm_parameter" "p" {
  name  = "not closed
  value = "known"
}

resource "aws_ssm_parameter" "behind" {
  name = "behind"
}

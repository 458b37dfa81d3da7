resource "aws_ssm_parameter" "p" {
  name = "deep"
}

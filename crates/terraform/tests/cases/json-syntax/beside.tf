resource "aws_ssm_parameter" "native" {
  name = aws_ssm_parameter.p.name
}

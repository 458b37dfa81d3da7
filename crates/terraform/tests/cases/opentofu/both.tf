resource "aws_ssm_parameter" "both" {
  name = "of Terraform"
}

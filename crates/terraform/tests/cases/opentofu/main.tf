# https://opentofu.org/docs/language/
resource "aws_ssm_parameter" "tf" {
  name = "read: there is no main.tofu"
}

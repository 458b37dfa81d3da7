resource "aws_ssm_parameter" "before" {
  name = "before"
}

resource "aws_ssm_parameter" "p" {
  name  = "p"
  value = <<EOT
never closed
}

resource "aws_ssm_parameter" "behind" {
  name = "behind"
}

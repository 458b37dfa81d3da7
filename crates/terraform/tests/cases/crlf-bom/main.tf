# A byte order mark and the line ends of Windows.
locals {
  text = <<-EOT
    a
      b
  EOT
}

resource "aws_ssm_parameter" "p" { # comment
  name  = "p"
  value = upper(
    "x",
  )
  tags = {
    a = "1"
    lines = length(split("\n", local.text))
  }
}

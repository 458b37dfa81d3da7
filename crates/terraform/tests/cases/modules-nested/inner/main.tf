variable "name" {}

resource "aws_ssm_parameter" "p" {
  for_each = toset(["x"])
  name     = "${var.name}-${each.key}"
  value    = file("${path.module}/value.txt")
}

output "name" {
  value = aws_ssm_parameter.p["x"].name
}

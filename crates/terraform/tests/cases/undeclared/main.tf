# What is not declared costs the value that names it, and nothing else.
variable "list" { default = ["a"] }

resource "aws_ssm_parameter" "p" {
  name        = var.missing
  value       = local.missing
  description = aws_ssm_parameter.missing.name
  tier        = data.aws_vpc.missing.id
  type        = "String"
  tags = {
    index     = var.list[1]
    attribute = var.list.a
    function  = lowercase("X")
    each      = each.key
    module    = module.missing.a
    safe      = "safe"
  }
}

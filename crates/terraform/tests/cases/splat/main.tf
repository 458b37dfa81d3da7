# https://developer.hashicorp.com/terraform/language/expressions/splat
variable "is_on" { type = bool }
variable "unknown" { type = list(object({ id = string })) }

locals {
  list = [{ id = "a", in = [1, 2] }, { id = "b", in = [3] }]
  one  = { id = "c" }
  none = null
}

resource "aws_ssm_parameter" "p" {
  tags = {
    full      = jsonencode(local.list[*].id)
    attribute = jsonencode(local.list.*.id)
    # Behind `[*]` all goes for every element, behind `.*` only attributes do.
    full_index      = jsonencode(local.list[*].in[0])
    attribute_index = jsonencode(local.list.*.in[0])
    legacy_index    = jsonencode(local.list.0.id)
    single          = jsonencode(local.one[*].id)
    null            = jsonencode(local.none[*])
    plain           = jsonencode("x"[*])
    maybe           = join(",", (var.is_on ? local.one : null)[*].id)
    unknown         = join(",", var.unknown[*].id)
  }
}

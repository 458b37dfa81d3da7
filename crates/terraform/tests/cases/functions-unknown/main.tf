# What functions make of values that are known in part, and of resources that are perhaps not there.
variable "is_on" { type = bool }
variable "name" {
  type    = string
  default = null
}
variable "text" { type = string }
variable "map" { type = map(string) }
variable "list" { type = list(string) }

resource "aws_ssm_parameter" "maybe" {
  count = var.is_on ? 1 : 0
  name  = "maybe"
}

resource "aws_ssm_parameter" "p" {
  tags = {
    coalesce      = coalesce(var.name, "", "c")
    coalesce_open = coalesce(var.is_on ? "a" : null, "b")
    coalesce_one  = coalesce(one(aws_ssm_parameter.maybe[*].name), "none")
    lookup        = lookup({ a = "x" }, "b", "fallback")
    lookup_known  = lookup(merge(var.map, { a = "x" }), "a", "fallback")
    lookup_open   = lookup(merge({ a = "x" }, var.map), "a", "fallback")
    merge_null    = jsonencode(merge({ a = 1 }, null, { b = 2 }))
    length        = length(concat(["a"], var.is_on ? ["b"] : []))
    joined        = join("-", ["a", var.text, "b"])
    concat        = concat(["a"], var.list)[0]
    compact       = join(",", compact(["a", "", null]))
    one_none      = jsonencode(one([]))
    splat         = join(",", aws_ssm_parameter.maybe[*].name)
    keys          = join(",", keys({ b = var.text, a = 1 }))
    contains      = contains(concat(["a"], var.list), "a")
    contains_open = contains(concat(["a"], var.list), "b")
    format        = format("%s/%s", "a", var.text)
  }
}

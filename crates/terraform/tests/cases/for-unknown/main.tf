# What is known of a loop over what is not known.
variable "is_on" { type = bool }
variable "more" { type = list(string) }
variable "key" { type = string }

locals {
  filtered = [for s in ["a", "b", "c"] : s if s != "b" || var.is_on]
  maybe    = [var.is_on ? "a" : null, "b"]
  keyed    = [{ k = "a", v = 1 }, { k = var.key, v = 2 }]
}

resource "aws_ssm_parameter" "p" {
  tags = {
    first = local.filtered[0]
    # "b" or "c": it hangs on whether "b" is there.
    second = local.filtered[1]
    # A null is an element like others.
    replaced = contains([for s in local.maybe : s == null ? "open" : s], "open")
    dropped  = contains([for s in local.maybe : s if s != null], "c")
    unknown  = join(",", [for s in var.more : "x"])
    # A group may have more members than are known.
    grouped = jsonencode({ for o in local.keyed : o.k => o.v... }["a"])
    several = jsonencode({ for i, s in concat(["x"], var.more) : "a" => s... }["a"])
  }
}

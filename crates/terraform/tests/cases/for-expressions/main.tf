# https://developer.hashicorp.com/terraform/language/expressions/for
locals {
  list  = ["a", "b", "c"]
  map   = { one = 1, two = 2 }
  users = [{ name = "x", team = "red" }, { name = "y", team = "blue" }, { name = "z", team = "red" }]
}

resource "aws_ssm_parameter" "p" {
  tags = {
    list     = jsonencode([for s in local.list : upper(s)])
    index    = jsonencode([for i, s in local.list : "${i}${s}"])
    values   = jsonencode([for v in local.map : v])
    pairs    = jsonencode([for k, v in local.map : "${k}=${v}"])
    filter   = jsonencode([for s in local.list : s if s != "b"])
    object   = jsonencode({ for s in local.list : s => upper(s) })
    swap     = jsonencode({ for k, v in local.map : v => k if v > 1 })
    grouped  = jsonencode({ for u in local.users : u.team => u.name... })
    nested   = jsonencode([for x in [[1, 2], [3]] : [for y in x : y + 1]])
    shadow   = jsonencode([for local in ["q"] : local])
    over_set = jsonencode([for k, v in toset(["b", "a"]) : "${k}${v}"])
    lines = jsonencode({
      for k, v in local.map :
      k => v
      if v < 2
    })
  }
}

# Ten thousand keys are no reason to give up.
locals {
  map = { for p in setproduct(range(100), range(100)) : format("%02d%02d", p[0], p[1]) => p[0] * p[1] }
}

resource "aws_ssm_parameter" "p" {
  tags = {
    number = length(local.map)
    one    = local.map["9909"]
    sum    = sum(values(local.map))
    last   = element(keys(local.map), 9999)
    some   = length([for k, v in local.map : k if v == 0])
  }
}

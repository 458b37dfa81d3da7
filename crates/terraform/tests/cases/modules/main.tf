# https://developer.hashicorp.com/terraform/language/modules
module "one" {
  source = "./m"
  name   = "one"
}

module "counted" {
  source = "./m"
  count  = 2
  name   = "counted-${count.index}"
}

module "each" {
  source   = "./m"
  for_each = { x = "1", y = "2" }
  name     = "${each.key}${each.value}"
}

module "off" {
  source = "./m"
  count  = 0
  name   = "never"
}

resource "aws_ssm_parameter" "reader" {
  tags = {
    one     = module.one.name
    id      = module.one.arn
    counted = module.counted[1].name
    all     = join(",", module.counted[*].name)
    each    = module.each["y"].name
    keys    = join(",", [for k, m in module.each : "${k}:${m.name}"])
    default = module.one.size
    off     = length(module.off)
    object  = module.one.object.name
  }
}

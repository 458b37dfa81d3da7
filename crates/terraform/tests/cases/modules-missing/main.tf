# What a module makes that is not there is not known: neither its resources nor its outputs.
module "registry" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}

module "git" {
  source = "git::https://example.com/m.git?ref=v1"
}

module "folder" {
  source = "./not-there"
}

module "nothing" {
}

resource "aws_ssm_parameter" "p" {
  name        = module.registry.vpc_id
  description = module.folder.a.b[0]
  tier        = try(module.git.tier, "Standard")
}

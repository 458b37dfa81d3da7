provider "aws" {
  region = local.region
}

locals {
  name   = "open-default"
  region = "eu-west-1"
  cidr   = "10.0.0.0/16"
  zones  = [for letter in ["a", "b", "c"] : "${local.region}${letter}"]

  tags = {
    Example = local.name
    Project = "network"
  }
}

module "network" {
  source = "../../modules/network"

  name  = local.name
  cidr  = local.cidr
  zones = local.zones
  tags  = local.tags

  private_subnets = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 0)]

  default_security_group_ingress = [
    {
      description = "from anywhere"
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = "0.0.0.0/0,10.0.0.0/8"
    },
  ]
}

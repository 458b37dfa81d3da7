provider "aws" {
  region = local.region
}

locals {
  name   = "secondary-ranges"
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

  secondary_cidrs = ["10.1.0.0/16", "10.2.0.0/16"]
  private_subnets = concat([for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 0)], [cidrsubnet("10.1.0.0/16", 2, 1)])
}

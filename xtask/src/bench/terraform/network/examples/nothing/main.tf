provider "aws" {
  region = local.region
}

locals {
  name   = "nothing"
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

  create          = false
  private_subnets = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 0)]

  enable_flow_log = true
}

provider "aws" {
  region = local.region
}

locals {
  name   = "own-addresses"
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
  public_subnets  = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 4)]

  enable_nat_gateway       = true
  one_nat_gateway_per_zone = true
  reuse_nat_ips            = true
  external_nat_ip_ids      = aws_eip.nat[*].id
}

resource "aws_eip" "nat" {
  count = 3

  domain = "vpc"
}

provider "aws" {
  region = local.region
}

locals {
  name   = "network-acls"
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

  public_dedicated_network_acl  = true
  private_dedicated_network_acl = true
  public_inbound_acl_rules      = concat(local.rules["standard"], local.rules["public"])
}

locals {
  rules = {
    standard = [
      for index, port in [80, 443, 22] : {
        rule_number = 100 + index * 10
        rule_action = "allow"
        from_port   = port
        to_port     = port
        protocol    = "tcp"
        cidr_block  = port == 22 ? "10.0.0.0/8" : "0.0.0.0/0"
      }
    ]
    public = [
      {
        rule_number = 900
        rule_action = "deny"
        protocol    = "-1"
        cidr_block  = "0.0.0.0/0"
      },
    ]
  }
}

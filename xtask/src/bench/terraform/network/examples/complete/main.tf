provider "aws" {
  region = local.region
}

locals {
  name   = "complete"
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

  private_subnets  = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 0)]
  public_subnets   = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 4)]
  database_subnets = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 8)]
  cache_subnets    = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 12)]
  intra_subnets    = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 20)]

  private_subnet_names  = ["Private subnet one", "Private subnet two"]
  database_subnet_names = ["Database subnet one"]

  create_database_subnet_group  = false
  manage_default_network_acl    = true
  manage_default_security_group = true

  enable_nat_gateway = true
  single_nat_gateway = true

  customer_gateways = {
    one = {
      bgp_asn     = 65112
      ip_address  = "192.0.2.1"
      device_name = "office"
    }
    two = {
      bgp_asn    = 65112
      ip_address = "192.0.2.2"
    }
  }

  enable_vpn_gateway       = true
  propagate_private_routes = true

  enable_dhcp_options = true
  dhcp_domain_name    = "service.internal"
  dhcp_name_servers   = ["127.0.0.1", "10.10.0.2"]

  enable_flow_log         = true
  flow_log_interval       = 60
  flow_log_retention_days = 365

  gateway_endpoints = ["s3", "dynamodb"]
  interface_endpoints = {
    ecs = {}
    sts = { private_dns_enabled = true }
  }
}

resource "aws_security_group" "endpoints" {
  name_prefix = "${local.name}-endpoints"
  description = "What may reach the endpoints"
  vpc_id      = module.network.vpc_id

  ingress {
    description = "TLS from the network"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [module.network.vpc_cidr_block]
  }

  tags = local.tags
}

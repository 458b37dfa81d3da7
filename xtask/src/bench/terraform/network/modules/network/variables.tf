variable "create" {
  description = "Whether anything is made at all"
  type        = bool
  default     = true
}

variable "name" {
  description = "What every name begins with"
  type        = string
  default     = ""
}

variable "cidr" {
  description = "The range of the network"
  type        = string
  default     = "10.0.0.0/16"
}

variable "secondary_cidrs" {
  description = "Further ranges of the network"
  type        = list(string)
  default     = []
}

variable "zones" {
  description = "The availability zones"
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.zones) == length(distinct(var.zones))
    error_message = "A zone is named twice."
  }
}

variable "tags" {
  description = "Tags of everything"
  type        = map(string)
  default     = {}
}

variable "instance_tenancy" {
  description = "Whether machines have hardware of their own"
  type        = string
  default     = "default"
}

variable "enable_dns_support" {
  description = "Whether names are resolved"
  type        = bool
  default     = true
}

variable "enable_dns_hostnames" {
  description = "Whether machines have names"
  type        = bool
  default     = true
}

variable "enable_ipv6" {
  description = "Whether there is a range of IPv6"
  type        = bool
  default     = false
}

variable "vpc_tags" {
  description = "Further tags of the network"
  type        = map(string)
  default     = {}
}

variable "create_internet_gateway" {
  description = "Whether public subnets reach the internet"
  type        = bool
  default     = true
}

variable "internet_gateway_tags" {
  description = "Further tags of the internet gateway"
  type        = map(string)
  default     = {}
}

variable "enable_nat_gateway" {
  description = "Whether private subnets reach the internet"
  type        = bool
  default     = false
}

variable "single_nat_gateway" {
  description = "Whether one gateway serves all zones"
  type        = bool
  default     = false
}

variable "one_nat_gateway_per_zone" {
  description = "Whether every zone has a gateway of its own"
  type        = bool
  default     = false
}

variable "reuse_nat_ips" {
  description = "Whether the addresses in `external_nat_ip_ids` are used"
  type        = bool
  default     = false
}

variable "external_nat_ip_ids" {
  description = "Addresses for the gateways"
  type        = list(string)
  default     = []
}

variable "nat_eip_tags" {
  description = "Further tags of the gateways' addresses"
  type        = map(string)
  default     = {}
}

variable "nat_gateway_tags" {
  description = "Further tags of the gateways"
  type        = map(string)
  default     = {}
}

variable "public_subnets" {
  description = "The ranges of the public subnets"
  type        = list(string)
  default     = []
}

variable "public_subnet_names" {
  description = "The names of the public subnets"
  type        = list(string)
  default     = []
}

variable "public_subnet_suffix" {
  description = "What the names of public subnets end with"
  type        = string
  default     = "public"
}

variable "public_subnet_tags" {
  description = "Further tags of the public subnets"
  type        = map(string)
  default     = {}
}

variable "public_route_table_tags" {
  description = "Further tags of the public route tables"
  type        = map(string)
  default     = {}
}

variable "public_dedicated_network_acl" {
  description = "Whether public subnets have a network ACL of their own"
  type        = bool
  default     = false
}

variable "public_inbound_acl_rules" {
  description = "What may reach the public subnets"
  type        = list(map(string))
  default = [
    {
      rule_number = 100
      rule_action = "allow"
      from_port   = 0
      to_port     = 0
      protocol    = "-1"
      cidr_block  = "0.0.0.0/0"
    },
  ]
}

variable "private_subnets" {
  description = "The ranges of the private subnets"
  type        = list(string)
  default     = []
}

variable "private_subnet_names" {
  description = "The names of the private subnets"
  type        = list(string)
  default     = []
}

variable "private_subnet_suffix" {
  description = "What the names of private subnets end with"
  type        = string
  default     = "private"
}

variable "private_subnet_tags" {
  description = "Further tags of the private subnets"
  type        = map(string)
  default     = {}
}

variable "private_route_table_tags" {
  description = "Further tags of the private route tables"
  type        = map(string)
  default     = {}
}

variable "private_dedicated_network_acl" {
  description = "Whether private subnets have a network ACL of their own"
  type        = bool
  default     = false
}

variable "private_inbound_acl_rules" {
  description = "What may reach the private subnets"
  type        = list(map(string))
  default = [
    {
      rule_number = 100
      rule_action = "allow"
      from_port   = 0
      to_port     = 0
      protocol    = "-1"
      cidr_block  = "10.0.0.0/8"
    },
  ]
}

variable "database_subnets" {
  description = "The ranges of the database subnets"
  type        = list(string)
  default     = []
}

variable "database_subnet_names" {
  description = "The names of the database subnets"
  type        = list(string)
  default     = []
}

variable "database_subnet_suffix" {
  description = "What the names of database subnets end with"
  type        = string
  default     = "database"
}

variable "database_subnet_tags" {
  description = "Further tags of the database subnets"
  type        = map(string)
  default     = {}
}

variable "database_route_table_tags" {
  description = "Further tags of the database route tables"
  type        = map(string)
  default     = {}
}

variable "database_dedicated_network_acl" {
  description = "Whether database subnets have a network ACL of their own"
  type        = bool
  default     = false
}

variable "database_inbound_acl_rules" {
  description = "What may reach the database subnets"
  type        = list(map(string))
  default = [
    {
      rule_number = 100
      rule_action = "allow"
      from_port   = 0
      to_port     = 0
      protocol    = "-1"
      cidr_block  = "10.0.0.0/8"
    },
  ]
}

variable "cache_subnets" {
  description = "The ranges of the cache subnets"
  type        = list(string)
  default     = []
}

variable "cache_subnet_names" {
  description = "The names of the cache subnets"
  type        = list(string)
  default     = []
}

variable "cache_subnet_suffix" {
  description = "What the names of cache subnets end with"
  type        = string
  default     = "cache"
}

variable "cache_subnet_tags" {
  description = "Further tags of the cache subnets"
  type        = map(string)
  default     = {}
}

variable "cache_route_table_tags" {
  description = "Further tags of the cache route tables"
  type        = map(string)
  default     = {}
}

variable "cache_dedicated_network_acl" {
  description = "Whether cache subnets have a network ACL of their own"
  type        = bool
  default     = false
}

variable "cache_inbound_acl_rules" {
  description = "What may reach the cache subnets"
  type        = list(map(string))
  default = [
    {
      rule_number = 100
      rule_action = "allow"
      from_port   = 0
      to_port     = 0
      protocol    = "-1"
      cidr_block  = "10.0.0.0/8"
    },
  ]
}

variable "intra_subnets" {
  description = "The ranges of the intra subnets"
  type        = list(string)
  default     = []
}

variable "intra_subnet_names" {
  description = "The names of the intra subnets"
  type        = list(string)
  default     = []
}

variable "intra_subnet_suffix" {
  description = "What the names of intra subnets end with"
  type        = string
  default     = "intra"
}

variable "intra_subnet_tags" {
  description = "Further tags of the intra subnets"
  type        = map(string)
  default     = {}
}

variable "intra_route_table_tags" {
  description = "Further tags of the intra route tables"
  type        = map(string)
  default     = {}
}

variable "intra_dedicated_network_acl" {
  description = "Whether intra subnets have a network ACL of their own"
  type        = bool
  default     = false
}

variable "intra_inbound_acl_rules" {
  description = "What may reach the intra subnets"
  type        = list(map(string))
  default = [
    {
      rule_number = 100
      rule_action = "allow"
      from_port   = 0
      to_port     = 0
      protocol    = "-1"
      cidr_block  = "10.0.0.0/8"
    },
  ]
}

variable "map_public_ip_on_launch" {
  description = "Whether machines in public subnets have public addresses"
  type        = bool
  default     = false
}

variable "create_database_subnet_group" {
  description = "Whether there is a subnet group for databases"
  type        = bool
  default     = true
}

variable "database_subnet_group_name" {
  description = "The name of the subnet group for databases"
  type        = string
  default     = null
}

variable "create_cache_subnet_group" {
  description = "Whether there is a subnet group for caches"
  type        = bool
  default     = true
}

variable "cache_subnet_group_name" {
  description = "The name of the subnet group for caches"
  type        = string
  default     = null
}

variable "create_database_nat_route" {
  description = "Whether database subnets reach the internet"
  type        = bool
  default     = false
}

variable "manage_default_security_group" {
  description = "Whether the default security group is closed"
  type        = bool
  default     = true
}

variable "default_security_group_ingress" {
  description = "What the default security group lets in"
  type        = list(map(string))
  default     = []
}

variable "default_security_group_egress" {
  description = "What the default security group lets out"
  type        = list(map(string))
  default     = []
}

variable "manage_default_network_acl" {
  description = "Whether the default network ACL is managed"
  type        = bool
  default     = false
}

variable "enable_vpn_gateway" {
  description = "Whether there is a VPN gateway"
  type        = bool
  default     = false
}

variable "vpn_gateway_asn" {
  description = "The number of the VPN gateway's side"
  type        = string
  default     = "64512"
}

variable "propagate_private_routes" {
  description = "Whether private route tables learn routes from the VPN"
  type        = bool
  default     = false
}

variable "customer_gateways" {
  description = "The other ends of VPNs, by name"
  type        = map(map(any))
  default     = {}
}

variable "enable_dhcp_options" {
  description = "Whether the network has DHCP options of its own"
  type        = bool
  default     = false
}

variable "dhcp_domain_name" {
  description = "The domain that machines are in"
  type        = string
  default     = ""
}

variable "dhcp_name_servers" {
  description = "What machines ask for names"
  type        = list(string)
  default     = ["AmazonProvidedDNS"]
}

variable "enable_flow_log" {
  description = "Whether traffic is logged"
  type        = bool
  default     = false
}

variable "flow_log_destination_type" {
  description = "Where traffic is logged: `cloud-watch-logs` or `s3`"
  type        = string
  default     = "cloud-watch-logs"

  validation {
    condition     = contains(["cloud-watch-logs", "s3"], var.flow_log_destination_type)
    error_message = "The log goes to `cloud-watch-logs` or `s3`."
  }
}

variable "flow_log_destination_arn" {
  description = "The bucket or group that takes the log"
  type        = string
  default     = ""
}

variable "create_flow_log_group" {
  description = "Whether a log group is made"
  type        = bool
  default     = true
}

variable "create_flow_log_role" {
  description = "Whether a role is made"
  type        = bool
  default     = true
}

variable "flow_log_traffic_type" {
  description = "Which traffic is logged"
  type        = string
  default     = "ALL"
}

variable "flow_log_interval" {
  description = "The longest time that traffic is gathered, in seconds"
  type        = number
  default     = 600
}

variable "flow_log_retention_days" {
  description = "How long the log is kept"
  type        = number
  default     = null
}

variable "flow_log_kms_key_id" {
  description = "The key that the log is encrypted with"
  type        = string
  default     = null
}

variable "gateway_endpoints" {
  description = "Services that are reached through a gateway endpoint"
  type        = set(string)
  default     = []
}

variable "interface_endpoints" {
  description = "Services that are reached through an interface endpoint"
  type        = map(any)
  default     = {}
}

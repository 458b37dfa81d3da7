data "aws_region" "current" {
  count = var.create ? 1 : 0
}

locals {
  has_public   = local.create && length(var.public_subnets) > 0
  has_private  = local.create && length(var.private_subnets) > 0
  has_database = local.create && length(var.database_subnets) > 0
  has_cache    = local.create && length(var.cache_subnets) > 0
  has_intra    = local.create && length(var.intra_subnets) > 0

  create       = var.create
  most_subnets = max(length(var.private_subnets), length(var.database_subnets), length(var.cache_subnets))

  nat_gateway_count = var.single_nat_gateway ? 1 : var.one_nat_gateway_per_zone ? length(var.zones) : local.most_subnets
  nat_gateway_ips   = var.reuse_nat_ips ? var.external_nat_ip_ids : aws_eip.nat[*].id

  # Of the network itself where there are no further ranges: subnets must wait for those.
  vpc_id = try(aws_vpc_ipv4_cidr_block_association.this[0].vpc_id, aws_vpc.this[0].id, "")

  flow_log_to_logs      = var.enable_flow_log && var.flow_log_destination_type != "s3"
  create_flow_log_group = local.create && local.flow_log_to_logs && var.create_flow_log_group
  create_flow_log_role  = local.create && local.flow_log_to_logs && var.create_flow_log_role
  flow_log_destination  = local.create_flow_log_group ? try(aws_cloudwatch_log_group.flow_log[0].arn, null) : var.flow_log_destination_arn
}

# The network.

resource "aws_vpc" "this" {
  count = local.create ? 1 : 0

  cidr_block                       = var.cidr
  instance_tenancy                 = var.instance_tenancy
  enable_dns_support               = var.enable_dns_support
  enable_dns_hostnames             = var.enable_dns_hostnames
  assign_generated_ipv6_cidr_block = var.enable_ipv6 ? true : null

  tags = merge({ Name = var.name }, var.tags, var.vpc_tags)
}

resource "aws_vpc_ipv4_cidr_block_association" "this" {
  count = local.create && length(var.secondary_cidrs) > 0 ? length(var.secondary_cidrs) : 0

  vpc_id     = aws_vpc.this[0].id
  cidr_block = element(var.secondary_cidrs, count.index)
}

resource "aws_vpc_dhcp_options" "this" {
  count = local.create && var.enable_dhcp_options ? 1 : 0

  domain_name         = var.dhcp_domain_name
  domain_name_servers = var.dhcp_name_servers

  tags = merge({ Name = var.name }, var.tags)
}

resource "aws_vpc_dhcp_options_association" "this" {
  count = local.create && var.enable_dhcp_options ? 1 : 0

  vpc_id          = local.vpc_id
  dhcp_options_id = aws_vpc_dhcp_options.this[0].id
}

# What every network comes with.

resource "aws_default_security_group" "this" {
  count = local.create && var.manage_default_security_group ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  dynamic "ingress" {
    for_each = var.default_security_group_ingress

    content {
      self        = lookup(ingress.value, "self", null)
      cidr_blocks = compact(split(",", lookup(ingress.value, "cidr_blocks", "")))
      description = lookup(ingress.value, "description", null)
      from_port   = lookup(ingress.value, "from_port", 0)
      to_port     = lookup(ingress.value, "to_port", 0)
      protocol    = lookup(ingress.value, "protocol", "-1")
    }
  }

  dynamic "egress" {
    for_each = var.default_security_group_egress

    content {
      self        = lookup(egress.value, "self", null)
      cidr_blocks = compact(split(",", lookup(egress.value, "cidr_blocks", "")))
      description = lookup(egress.value, "description", null)
      from_port   = lookup(egress.value, "from_port", 0)
      to_port     = lookup(egress.value, "to_port", 0)
      protocol    = lookup(egress.value, "protocol", "-1")
    }
  }

  tags = merge({ Name = "${var.name}-default" }, var.tags)
}

resource "aws_default_network_acl" "this" {
  count = local.create && var.manage_default_network_acl ? 1 : 0

  default_network_acl_id = aws_vpc.this[0].default_network_acl_id
  subnet_ids             = null

  tags = merge({ Name = "${var.name}-default" }, var.tags)

  lifecycle {
    ignore_changes = [subnet_ids]
  }
}

# The way out.

resource "aws_internet_gateway" "this" {
  count = local.has_public && var.create_internet_gateway ? 1 : 0

  vpc_id = local.vpc_id

  tags = merge({ Name = var.name }, var.tags, var.internet_gateway_tags)
}

resource "aws_egress_only_internet_gateway" "this" {
  count = local.create && var.enable_ipv6 && length(var.private_subnets) > 0 ? 1 : 0

  vpc_id = local.vpc_id

  tags = merge({ Name = var.name }, var.tags)
}

resource "aws_eip" "nat" {
  count = local.create && var.enable_nat_gateway && !var.reuse_nat_ips ? local.nat_gateway_count : 0

  domain = "vpc"

  tags = merge(
    { Name = format("${var.name}-%s", element(var.zones, var.single_nat_gateway ? 0 : count.index)) },
    var.tags,
    var.nat_eip_tags,
  )

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  count = local.create && var.enable_nat_gateway ? local.nat_gateway_count : 0

  allocation_id = element(local.nat_gateway_ips, var.single_nat_gateway ? 0 : count.index)
  subnet_id     = element(aws_subnet.public[*].id, var.single_nat_gateway ? 0 : count.index)

  tags = merge(
    { Name = format("${var.name}-%s", element(var.zones, var.single_nat_gateway ? 0 : count.index)) },
    var.tags,
    var.nat_gateway_tags,
  )

  depends_on = [aws_internet_gateway.this]
}

# The public subnets.

resource "aws_subnet" "public" {
  count = local.has_public ? length(var.public_subnets) : 0

  vpc_id                  = local.vpc_id
  cidr_block              = element(concat(var.public_subnets, [""]), count.index)
  availability_zone       = length(regexall("^[a-z]{2}-", element(var.zones, count.index))) > 0 ? element(var.zones, count.index) : null
  map_public_ip_on_launch = var.map_public_ip_on_launch
  ipv6_cidr_block         = var.enable_ipv6 ? cidrsubnet(aws_vpc.this[0].ipv6_cidr_block, 8, count.index + 0) : null

  tags = merge(
    { Name = try(var.public_subnet_names[count.index], format("${var.name}-${var.public_subnet_suffix}-%s", element(var.zones, count.index))) },
    var.tags,
    var.public_subnet_tags,
  )
}

resource "aws_route_table" "public" {
  count = local.has_public ? 1 : 0

  vpc_id = local.vpc_id

  tags = merge(
    { Name = var.single_nat_gateway ? "${var.name}-${var.public_subnet_suffix}" : format("${var.name}-${var.public_subnet_suffix}-%s", element(var.zones, count.index)) },
    var.tags,
    var.public_route_table_tags,
  )
}

resource "aws_route_table_association" "public" {
  count = local.has_public ? length(var.public_subnets) : 0

  subnet_id      = element(aws_subnet.public[*].id, count.index)
  route_table_id = element(aws_route_table.public[*].id, 0)
}

resource "aws_network_acl" "public" {
  count = local.has_public && var.public_dedicated_network_acl ? 1 : 0

  vpc_id     = local.vpc_id
  subnet_ids = aws_subnet.public[*].id

  tags = merge({ Name = "${var.name}-${var.public_subnet_suffix}" }, var.tags)
}

resource "aws_network_acl_rule" "public_inbound" {
  count = local.has_public && var.public_dedicated_network_acl ? length(var.public_inbound_acl_rules) : 0

  network_acl_id = aws_network_acl.public[0].id
  egress         = false
  rule_number    = var.public_inbound_acl_rules[count.index]["rule_number"]
  rule_action    = var.public_inbound_acl_rules[count.index]["rule_action"]
  from_port      = lookup(var.public_inbound_acl_rules[count.index], "from_port", null)
  to_port        = lookup(var.public_inbound_acl_rules[count.index], "to_port", null)
  protocol       = var.public_inbound_acl_rules[count.index]["protocol"]
  cidr_block     = lookup(var.public_inbound_acl_rules[count.index], "cidr_block", null)
}

resource "aws_route" "public_internet" {
  count = local.has_public && var.create_internet_gateway ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id

  timeouts {
    create = "5m"
  }
}

# The private subnets.

resource "aws_subnet" "private" {
  count = local.has_private ? length(var.private_subnets) : 0

  vpc_id            = local.vpc_id
  cidr_block        = element(concat(var.private_subnets, [""]), count.index)
  availability_zone = length(regexall("^[a-z]{2}-", element(var.zones, count.index))) > 0 ? element(var.zones, count.index) : null
  ipv6_cidr_block   = var.enable_ipv6 ? cidrsubnet(aws_vpc.this[0].ipv6_cidr_block, 8, count.index + 16) : null

  tags = merge(
    { Name = try(var.private_subnet_names[count.index], format("${var.name}-${var.private_subnet_suffix}-%s", element(var.zones, count.index))) },
    var.tags,
    var.private_subnet_tags,
  )
}

resource "aws_route_table" "private" {
  count = local.has_private ? max(local.nat_gateway_count, 1) : 0

  vpc_id = local.vpc_id

  tags = merge(
    { Name = var.single_nat_gateway ? "${var.name}-${var.private_subnet_suffix}" : format("${var.name}-${var.private_subnet_suffix}-%s", element(var.zones, count.index)) },
    var.tags,
    var.private_route_table_tags,
  )
}

resource "aws_route_table_association" "private" {
  count = local.has_private ? length(var.private_subnets) : 0

  subnet_id      = element(aws_subnet.private[*].id, count.index)
  route_table_id = element(aws_route_table.private[*].id, var.single_nat_gateway ? 0 : count.index)
}

resource "aws_network_acl" "private" {
  count = local.has_private && var.private_dedicated_network_acl ? 1 : 0

  vpc_id     = local.vpc_id
  subnet_ids = aws_subnet.private[*].id

  tags = merge({ Name = "${var.name}-${var.private_subnet_suffix}" }, var.tags)
}

resource "aws_network_acl_rule" "private_inbound" {
  count = local.has_private && var.private_dedicated_network_acl ? length(var.private_inbound_acl_rules) : 0

  network_acl_id = aws_network_acl.private[0].id
  egress         = false
  rule_number    = var.private_inbound_acl_rules[count.index]["rule_number"]
  rule_action    = var.private_inbound_acl_rules[count.index]["rule_action"]
  from_port      = lookup(var.private_inbound_acl_rules[count.index], "from_port", null)
  to_port        = lookup(var.private_inbound_acl_rules[count.index], "to_port", null)
  protocol       = var.private_inbound_acl_rules[count.index]["protocol"]
  cidr_block     = lookup(var.private_inbound_acl_rules[count.index], "cidr_block", null)
}

resource "aws_route" "private_nat" {
  count = local.create && var.enable_nat_gateway ? local.nat_gateway_count : 0

  route_table_id         = element(aws_route_table.private[*].id, count.index)
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = element(aws_nat_gateway.this[*].id, count.index)
}

resource "aws_vpn_gateway_route_propagation" "private" {
  count = local.has_private && var.propagate_private_routes && var.enable_vpn_gateway ? 1 : 0

  route_table_id = element(aws_route_table.private[*].id, count.index)
  vpn_gateway_id = aws_vpn_gateway.this[0].id
}

# The database subnets.

resource "aws_subnet" "database" {
  count = local.has_database ? length(var.database_subnets) : 0

  vpc_id            = local.vpc_id
  cidr_block        = element(concat(var.database_subnets, [""]), count.index)
  availability_zone = length(regexall("^[a-z]{2}-", element(var.zones, count.index))) > 0 ? element(var.zones, count.index) : null
  ipv6_cidr_block   = var.enable_ipv6 ? cidrsubnet(aws_vpc.this[0].ipv6_cidr_block, 8, count.index + 32) : null

  tags = merge(
    { Name = try(var.database_subnet_names[count.index], format("${var.name}-${var.database_subnet_suffix}-%s", element(var.zones, count.index))) },
    var.tags,
    var.database_subnet_tags,
  )
}

resource "aws_route_table" "database" {
  count = local.has_database ? 1 : 0

  vpc_id = local.vpc_id

  tags = merge(
    { Name = var.single_nat_gateway ? "${var.name}-${var.database_subnet_suffix}" : format("${var.name}-${var.database_subnet_suffix}-%s", element(var.zones, count.index)) },
    var.tags,
    var.database_route_table_tags,
  )
}

resource "aws_route_table_association" "database" {
  count = local.has_database ? length(var.database_subnets) : 0

  subnet_id      = element(aws_subnet.database[*].id, count.index)
  route_table_id = element(aws_route_table.database[*].id, 0)
}

resource "aws_network_acl" "database" {
  count = local.has_database && var.database_dedicated_network_acl ? 1 : 0

  vpc_id     = local.vpc_id
  subnet_ids = aws_subnet.database[*].id

  tags = merge({ Name = "${var.name}-${var.database_subnet_suffix}" }, var.tags)
}

resource "aws_network_acl_rule" "database_inbound" {
  count = local.has_database && var.database_dedicated_network_acl ? length(var.database_inbound_acl_rules) : 0

  network_acl_id = aws_network_acl.database[0].id
  egress         = false
  rule_number    = var.database_inbound_acl_rules[count.index]["rule_number"]
  rule_action    = var.database_inbound_acl_rules[count.index]["rule_action"]
  from_port      = lookup(var.database_inbound_acl_rules[count.index], "from_port", null)
  to_port        = lookup(var.database_inbound_acl_rules[count.index], "to_port", null)
  protocol       = var.database_inbound_acl_rules[count.index]["protocol"]
  cidr_block     = lookup(var.database_inbound_acl_rules[count.index], "cidr_block", null)
}

resource "aws_route" "database_nat" {
  count = local.has_database && var.create_database_nat_route && var.enable_nat_gateway ? 1 : 0

  route_table_id         = aws_route_table.database[0].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = element(aws_nat_gateway.this[*].id, count.index)
}

resource "aws_db_subnet_group" "database" {
  count = local.has_database && var.create_database_subnet_group ? 1 : 0

  name        = lower(coalesce(var.database_subnet_group_name, var.name))
  description = "Databases of ${var.name}"
  subnet_ids  = aws_subnet.database[*].id

  tags = merge({ Name = lower(coalesce(var.database_subnet_group_name, var.name)) }, var.tags)
}

# The cache subnets.

resource "aws_subnet" "cache" {
  count = local.has_cache ? length(var.cache_subnets) : 0

  vpc_id            = local.vpc_id
  cidr_block        = element(concat(var.cache_subnets, [""]), count.index)
  availability_zone = length(regexall("^[a-z]{2}-", element(var.zones, count.index))) > 0 ? element(var.zones, count.index) : null
  ipv6_cidr_block   = var.enable_ipv6 ? cidrsubnet(aws_vpc.this[0].ipv6_cidr_block, 8, count.index + 48) : null

  tags = merge(
    { Name = try(var.cache_subnet_names[count.index], format("${var.name}-${var.cache_subnet_suffix}-%s", element(var.zones, count.index))) },
    var.tags,
    var.cache_subnet_tags,
  )
}

resource "aws_route_table" "cache" {
  count = local.has_cache ? 1 : 0

  vpc_id = local.vpc_id

  tags = merge(
    { Name = var.single_nat_gateway ? "${var.name}-${var.cache_subnet_suffix}" : format("${var.name}-${var.cache_subnet_suffix}-%s", element(var.zones, count.index)) },
    var.tags,
    var.cache_route_table_tags,
  )
}

resource "aws_route_table_association" "cache" {
  count = local.has_cache ? length(var.cache_subnets) : 0

  subnet_id      = element(aws_subnet.cache[*].id, count.index)
  route_table_id = element(aws_route_table.cache[*].id, 0)
}

resource "aws_network_acl" "cache" {
  count = local.has_cache && var.cache_dedicated_network_acl ? 1 : 0

  vpc_id     = local.vpc_id
  subnet_ids = aws_subnet.cache[*].id

  tags = merge({ Name = "${var.name}-${var.cache_subnet_suffix}" }, var.tags)
}

resource "aws_network_acl_rule" "cache_inbound" {
  count = local.has_cache && var.cache_dedicated_network_acl ? length(var.cache_inbound_acl_rules) : 0

  network_acl_id = aws_network_acl.cache[0].id
  egress         = false
  rule_number    = var.cache_inbound_acl_rules[count.index]["rule_number"]
  rule_action    = var.cache_inbound_acl_rules[count.index]["rule_action"]
  from_port      = lookup(var.cache_inbound_acl_rules[count.index], "from_port", null)
  to_port        = lookup(var.cache_inbound_acl_rules[count.index], "to_port", null)
  protocol       = var.cache_inbound_acl_rules[count.index]["protocol"]
  cidr_block     = lookup(var.cache_inbound_acl_rules[count.index], "cidr_block", null)
}

resource "aws_elasticache_subnet_group" "cache" {
  count = local.has_cache && var.create_cache_subnet_group ? 1 : 0

  name        = coalesce(var.cache_subnet_group_name, var.name)
  description = "Caches of ${var.name}"
  subnet_ids  = aws_subnet.cache[*].id

  tags = var.tags
}

# The intra subnets.

resource "aws_subnet" "intra" {
  count = local.has_intra ? length(var.intra_subnets) : 0

  vpc_id            = local.vpc_id
  cidr_block        = element(concat(var.intra_subnets, [""]), count.index)
  availability_zone = length(regexall("^[a-z]{2}-", element(var.zones, count.index))) > 0 ? element(var.zones, count.index) : null
  ipv6_cidr_block   = var.enable_ipv6 ? cidrsubnet(aws_vpc.this[0].ipv6_cidr_block, 8, count.index + 64) : null

  tags = merge(
    { Name = try(var.intra_subnet_names[count.index], format("${var.name}-${var.intra_subnet_suffix}-%s", element(var.zones, count.index))) },
    var.tags,
    var.intra_subnet_tags,
  )
}

resource "aws_route_table" "intra" {
  count = local.has_intra ? 1 : 0

  vpc_id = local.vpc_id

  tags = merge(
    { Name = var.single_nat_gateway ? "${var.name}-${var.intra_subnet_suffix}" : format("${var.name}-${var.intra_subnet_suffix}-%s", element(var.zones, count.index)) },
    var.tags,
    var.intra_route_table_tags,
  )
}

resource "aws_route_table_association" "intra" {
  count = local.has_intra ? length(var.intra_subnets) : 0

  subnet_id      = element(aws_subnet.intra[*].id, count.index)
  route_table_id = element(aws_route_table.intra[*].id, 0)
}

resource "aws_network_acl" "intra" {
  count = local.has_intra && var.intra_dedicated_network_acl ? 1 : 0

  vpc_id     = local.vpc_id
  subnet_ids = aws_subnet.intra[*].id

  tags = merge({ Name = "${var.name}-${var.intra_subnet_suffix}" }, var.tags)
}

resource "aws_network_acl_rule" "intra_inbound" {
  count = local.has_intra && var.intra_dedicated_network_acl ? length(var.intra_inbound_acl_rules) : 0

  network_acl_id = aws_network_acl.intra[0].id
  egress         = false
  rule_number    = var.intra_inbound_acl_rules[count.index]["rule_number"]
  rule_action    = var.intra_inbound_acl_rules[count.index]["rule_action"]
  from_port      = lookup(var.intra_inbound_acl_rules[count.index], "from_port", null)
  to_port        = lookup(var.intra_inbound_acl_rules[count.index], "to_port", null)
  protocol       = var.intra_inbound_acl_rules[count.index]["protocol"]
  cidr_block     = lookup(var.intra_inbound_acl_rules[count.index], "cidr_block", null)
}

# The way to other networks.

resource "aws_vpn_gateway" "this" {
  count = local.create && var.enable_vpn_gateway ? 1 : 0

  vpc_id          = local.vpc_id
  amazon_side_asn = var.vpn_gateway_asn

  tags = merge({ Name = var.name }, var.tags)
}

resource "aws_customer_gateway" "this" {
  for_each = { for name, gateway in var.customer_gateways : name => gateway if local.create }

  bgp_asn     = each.value["bgp_asn"]
  ip_address  = each.value["ip_address"]
  device_name = lookup(each.value, "device_name", null)
  type        = "ipsec.1"

  tags = merge({ Name = "${var.name}-${each.key}" }, var.tags)
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.create ? var.gateway_endpoints : []

  vpc_id            = local.vpc_id
  service_name      = "com.amazonaws.${try(data.aws_region.current[0].region, "")}.${each.value}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = flatten([aws_route_table.private[*].id, aws_route_table.intra[*].id])

  tags = merge({ Name = "${var.name}-${each.value}" }, var.tags)
}

resource "aws_vpc_endpoint" "interface" {
  for_each = { for name, endpoint in var.interface_endpoints : name => endpoint if local.create }

  vpc_id              = local.vpc_id
  service_name        = "com.amazonaws.${try(data.aws_region.current[0].region, "")}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = try(each.value.private_dns_enabled, true)
  security_group_ids  = try(each.value.security_group_ids, [])
  subnet_ids          = aws_subnet.private[*].id

  tags = merge({ Name = "${var.name}-${each.key}" }, var.tags)
}

# The log of traffic.

resource "aws_flow_log" "this" {
  count = local.create && var.enable_flow_log ? 1 : 0

  log_destination_type     = var.flow_log_destination_type
  log_destination          = local.flow_log_destination
  iam_role_arn             = local.create_flow_log_role ? aws_iam_role.flow_log[0].arn : null
  traffic_type             = var.flow_log_traffic_type
  max_aggregation_interval = var.flow_log_interval
  vpc_id                   = local.vpc_id

  dynamic "destination_options" {
    for_each = var.flow_log_destination_type == "s3" ? [true] : []

    content {
      file_format        = "parquet"
      per_hour_partition = true
    }
  }

  tags = merge({ Name = var.name }, var.tags)
}

resource "aws_cloudwatch_log_group" "flow_log" {
  count = local.create_flow_log_group ? 1 : 0

  name              = "/aws/vpc-flow-log/${local.vpc_id}"
  retention_in_days = var.flow_log_retention_days
  kms_key_id        = var.flow_log_kms_key_id

  tags = var.tags
}

resource "aws_iam_role" "flow_log" {
  count = local.create_flow_log_role ? 1 : 0

  name_prefix        = "flow-log-"
  assume_role_policy = data.aws_iam_policy_document.flow_log_assume[0].json

  tags = var.tags
}

data "aws_iam_policy_document" "flow_log_assume" {
  count = local.create_flow_log_role ? 1 : 0

  statement {
    sid     = "FlowLogs"
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "flow_log" {
  count = local.create_flow_log_role ? 1 : 0

  name_prefix = "flow-log-"
  role        = aws_iam_role.flow_log[0].id
  policy      = data.aws_iam_policy_document.flow_log[0].json
}

data "aws_iam_policy_document" "flow_log" {
  count = local.create_flow_log_role ? 1 : 0

  statement {
    sid       = "Push"
    effect    = "Allow"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"]
    resources = [for group in aws_cloudwatch_log_group.flow_log : "${group.arn}:*"]
  }
}

output "vpc_id" {
  description = "The network"
  value       = try(aws_vpc.this[0].id, null)
}

output "vpc_arn" {
  description = "The ARN of the network"
  value       = try(aws_vpc.this[0].arn, null)
}

output "vpc_cidr_block" {
  description = "The range of the network"
  value       = try(aws_vpc.this[0].cidr_block, null)
}

output "nat_public_ips" {
  description = "The addresses that private subnets are seen with"
  value       = var.reuse_nat_ips ? [] : aws_eip.nat[*].public_ip
}

output "database_subnet_group" {
  description = "The subnet group for databases"
  value       = try(aws_db_subnet_group.database[0].id, null)
}

output "flow_log_id" {
  description = "The log of traffic"
  value       = one(aws_flow_log.this[*].id)
}

output "endpoints" {
  description = "The endpoints, by service"
  value       = merge(aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface)
}

output "public_subnets" {
  description = "The public subnets"
  value       = aws_subnet.public[*].id
}

output "public_subnet_cidrs" {
  description = "The ranges of the public subnets"
  value       = compact(aws_subnet.public[*].cidr_block)
}

output "public_route_table_ids" {
  description = "The public route tables"
  value       = aws_route_table.public[*].id
}

output "private_subnets" {
  description = "The private subnets"
  value       = aws_subnet.private[*].id
}

output "private_subnet_cidrs" {
  description = "The ranges of the private subnets"
  value       = compact(aws_subnet.private[*].cidr_block)
}

output "private_route_table_ids" {
  description = "The private route tables"
  value       = aws_route_table.private[*].id
}

output "database_subnets" {
  description = "The database subnets"
  value       = aws_subnet.database[*].id
}

output "database_subnet_cidrs" {
  description = "The ranges of the database subnets"
  value       = compact(aws_subnet.database[*].cidr_block)
}

output "database_route_table_ids" {
  description = "The database route tables"
  value       = aws_route_table.database[*].id
}

output "cache_subnets" {
  description = "The cache subnets"
  value       = aws_subnet.cache[*].id
}

output "cache_subnet_cidrs" {
  description = "The ranges of the cache subnets"
  value       = compact(aws_subnet.cache[*].cidr_block)
}

output "cache_route_table_ids" {
  description = "The cache route tables"
  value       = aws_route_table.cache[*].id
}

output "intra_subnets" {
  description = "The intra subnets"
  value       = aws_subnet.intra[*].id
}

output "intra_subnet_cidrs" {
  description = "The ranges of the intra subnets"
  value       = compact(aws_subnet.intra[*].cidr_block)
}

output "intra_route_table_ids" {
  description = "The intra route tables"
  value       = aws_route_table.intra[*].id
}

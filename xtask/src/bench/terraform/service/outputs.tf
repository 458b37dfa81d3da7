output "topic_arn" {
  description = "The topic that others may listen to"
  value       = aws_sns_topic.this["events"].arn
}

output "bucket_arns" {
  description = "The buckets, by what they are for"
  value       = { for name, bucket in aws_s3_bucket.this : name => bucket.arn }
}

output "encrypted_buckets" {
  description = "The buckets that are encrypted with the key of this service"
  value       = keys(local.kms_buckets)
}

output "security_group_id" {
  description = "The security group of the machines"
  value       = aws_security_group.machines.id
}

output "database_endpoint" {
  description = "Where the database is, if there is one"
  value       = one(aws_db_instance.this[*].endpoint)
}

output "entry" {
  description = "The name of the load balancer"
  value       = "https://${aws_lb.this.dns_name}"
}

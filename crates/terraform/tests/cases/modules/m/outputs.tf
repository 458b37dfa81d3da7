output "name" {
  value = aws_ssm_parameter.p.name
}

output "arn" {
  value     = aws_ssm_parameter.p.arn
  sensitive = true
}

output "size" {
  value = var.size
}

output "object" {
  value = { name = var.name }
}

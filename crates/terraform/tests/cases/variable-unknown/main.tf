# What has no value stays unknown, and what stands around it is known.
variable "name" { type = string }
variable "tags" { type = map(string) }
variable "zones" { type = list(string) }
variable "settings" {
  type = object({ tier = string })
}
variable "secret" {
  type      = string
  sensitive = true
}

resource "aws_ssm_parameter" "whole" {
  name        = var.name
  value       = var.secret
  tier        = var.settings.tier
  description = var.zones[0]
  tags        = var.tags
}

resource "aws_ssm_parameter" "part" {
  name  = "/app/${var.name}/key"
  value = "${var.name}"
  tags  = merge(var.tags, { Team = "a" })
}

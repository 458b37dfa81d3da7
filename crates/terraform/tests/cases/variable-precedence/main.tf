# https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
variable "default" { default = "default" }
variable "environment" { default = "default" }
variable "tfvars" { default = "default" }
variable "tfvars_json" { default = "default" }
variable "auto_a" { default = "default" }
variable "auto_b" { default = "default" }
variable "var_file" { default = "default" }
variable "var" { default = "default" }

resource "aws_ssm_parameter" "p" {
  tags = {
    default     = var.default
    environment = var.environment
    tfvars      = var.tfvars
    tfvars_json = var.tfvars_json
    auto_a      = var.auto_a
    auto_b      = var.auto_b
    var_file    = var.var_file
    var         = var.var
  }
}

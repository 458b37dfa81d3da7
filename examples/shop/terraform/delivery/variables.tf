variable "region" {
  type    = string
  default = "us-east-1"
}

variable "vpc_id" {
  description = "The network of the delivery account, which the network team keeps"
  type        = string
}

variable "subnet_ids" {
  description = "Its private subnets, one in each of three zones"
  type        = list(string)
}

variable "runner_ingress" {
  description = "What may reach the runners: a port and a range each"
  type = list(object({
    port        = number
    cidr        = string
    description = string
  }))
}

variable "artifact_versioning" {
  description = "Whether earlier builds can be had back"
  type        = bool
  default     = true
}

# Differs by account, so production's value comes from the pipeline: TF_VAR_backup_days.
variable "backup_days" {
  description = "How long backups of the catalogue are kept"
  type        = number

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "RDS keeps backups for 1 to 35 days"
  }
}

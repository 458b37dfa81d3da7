variable "name" {
  description = "What every name begins with"
  type        = string
  default     = "service-NUMBER"
}

variable "environment" {
  description = "The environment that this is a part of"
  type        = string
  default     = "production"

  validation {
    condition     = contains(["production", "staging", "development"], var.environment)
    error_message = "The environment is production, staging or development."
  }
}

variable "vpc_id" {
  description = "The network that everything runs in"
  type        = string
}

variable "subnet_ids" {
  description = "The subnets of machines"
  type        = list(string)
}

variable "public_subnet_ids" {
  description = "The subnets of the load balancer"
  type        = list(string)
  default     = []
}

variable "certificate_arn" {
  description = "The certificate of the load balancer"
  type        = string
}

variable "upstream_topic_arn" {
  description = "The topic that this service listens to"
  type        = string
  default     = null
}

variable "buckets" {
  description = "The buckets, by what they are for"
  type = map(object({
    versioned  = optional(bool, true)
    kms        = optional(bool, true)
    days_kept  = optional(number, 90)
    is_private = optional(bool, true)
  }))
  default = {
    data    = {}
    uploads = { versioned = WELL_VERSIONED, days_kept = 30 }
    reports = { kms = WELL_KMS, is_private = WELL_PRIVATE }
  }
}

variable "rules" {
  description = "What may reach the machines, by name"
  type = list(object({
    description = string
    port        = number
    protocol    = optional(string, "tcp")
    cidr_blocks = list(string)
  }))
  default = [
    { description = "HTTPS", port = 443, cidr_blocks = ["10.0.0.0/8"] },
    { description = "administration", port = 22, cidr_blocks = [WELL_RANGE] },
    { description = "metrics", port = 9100, cidr_blocks = ["10.20.0.0/16", "10.21.0.0/16"] },
  ]
}

variable "functions" {
  description = "The functions, by name"
  type = map(object({
    runtime     = optional(string, "python3.13")
    memory      = optional(number, 256)
    timeout     = optional(number, 30)
    environment = optional(map(string), {})
  }))
  default = {
    worker = { memory = 512, environment = { MODE = "worker" } }
    api    = { runtime = WELL_RUNTIME }
  }
}

variable "log_retention_days" {
  description = "How long logs are kept"
  type        = number
  default     = 365
}

variable "database" {
  description = "The database"
  type = object({
    class               = string
    storage             = number
    multi_az            = bool
    deletion_protection = bool
    backup_days         = number
  })
  default = {
    class               = "db.m7g.large"
    storage             = 200
    multi_az            = true
    deletion_protection = WELL_PROTECTED
    backup_days         = WELL_BACKUP
  }
}

variable "create_database" {
  description = "Whether there is a database"
  type        = bool
  default     = true
}

variable "tags" {
  description = "Further tags"
  type        = map(string)
  default     = {}
}

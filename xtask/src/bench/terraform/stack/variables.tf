variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "environment" {
  type    = string
  default = "production"
}

variable "ports" {
  type    = list(number)
  default = [22, 443]
}

variable "tags" {
  type    = map(string)
  default = { Owner = "platform" }
}

# A text is taken as it stands for a string, a number, a bool and no type at all, else as an expression.
# https://developer.hashicorp.com/terraform/language/values/variables#variables-on-the-command-line
variable "text" { type = string }
variable "untyped" {}
variable "number" { type = number }
variable "bool" { type = bool }
variable "list" { type = list(string) }
variable "map" { type = map(number) }
variable "object" {
  type = object({ a = string, b = optional(bool, false) })
}
variable "twice" { type = string }

resource "aws_ssm_parameter" "p" {
  tags = {
    text    = jsonencode(var.text)
    untyped = jsonencode(var.untyped)
    number  = jsonencode(var.number)
    bool    = jsonencode(var.bool)
    list    = jsonencode(var.list)
    map     = jsonencode(var.map)
    object  = jsonencode(var.object)
    twice   = jsonencode(var.twice)
  }
}

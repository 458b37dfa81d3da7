# A value is converted to the type of its variable.
# https://developer.hashicorp.com/terraform/language/expressions/type-constraints
variable "text" {
  type    = string
  default = 5
}

variable "number" {
  type    = number
  default = "12"
}

variable "bool" {
  type    = bool
  default = "true"
}

variable "list" {
  type    = list(string)
  default = [1, true, "c"]
}

variable "set" {
  type    = set(string)
  default = ["b", "a", "b"]
}

variable "map" {
  type    = map(string)
  default = { a = 1, b = false }
}

variable "tuple" {
  type    = tuple([string, number])
  default = [1, "2"]
}

variable "object" {
  type    = object({ a = string, b = list(number) })
  default = { a = 1, b = ["2"], dropped = "no attribute of the type" }
}

variable "any" {
  type    = any
  default = { a = 1 }
}

variable "untyped" {
  default = [1, "x"]
}

resource "aws_ssm_parameter" "p" {
  tags = {
    text    = jsonencode(var.text)
    number  = jsonencode(var.number)
    bool    = jsonencode(var.bool)
    list    = jsonencode(var.list)
    set     = jsonencode(var.set)
    map     = jsonencode(var.map)
    tuple   = jsonencode(var.tuple)
    object  = jsonencode(var.object)
    any     = jsonencode(var.any)
    untyped = jsonencode(var.untyped)
  }
}

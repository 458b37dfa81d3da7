# https://developer.hashicorp.com/terraform/language/expressions/type-constraints#optional-object-type-attributes
variable "buckets" {
  type = map(object({
    name    = string
    enabled = optional(bool, true)
    website = optional(object({
      index = optional(string, "index.html")
      error = optional(string)
    }), {})
    tags = optional(map(string))
  }))
  default = {
    bare = { name = "a" }
    null = { name = "b", enabled = null, website = null }
    full = { name = "c", enabled = false, website = { index = "x", error = "y" }, tags = { t = 1 } }
  }
}

resource "aws_ssm_parameter" "p" {
  for_each = var.buckets
  name     = each.value.name
  value    = jsonencode(each.value)
}

# A key that only some alternatives have is perhaps there; of an unknown map one stands for all.
variable "is_on" { type = bool }
variable "places" {
  type = map(object({ size = number }))
}

resource "aws_ssm_parameter" "choice" {
  for_each = var.is_on ? { a = 1, b = 2 } : { a = 1 }
  name     = each.key
}

resource "aws_ssm_parameter" "maybe" {
  for_each = toset(var.is_on ? ["x"] : [])
  name     = each.value
}

resource "aws_ssm_parameter" "unknown" {
  for_each = var.places
  name     = "u-${each.key}"
  tier     = "Standard"
  tags     = { size = each.value.size }
}

resource "aws_ssm_parameter" "partly" {
  for_each = merge({ known = { size = 1 } }, var.places)
  name     = each.key
}

# What is made for each of something that is perhaps there is perhaps there itself.
resource "aws_ssm_parameter" "chained" {
  for_each = aws_ssm_parameter.choice
  value    = each.value.name
}

# https://developer.hashicorp.com/terraform/language/functions/templatefile
variable "name" { type = string }

locals {
  settings = yamldecode(file("${path.module}/data/settings.yaml"))
  policy   = jsondecode(file("data/policy.json"))
}

resource "aws_ssm_parameter" "p" {
  tags = {
    file      = file("${path.module}/data/text.txt")
    trimmed   = trimspace(file("data/text.txt"))
    yaml      = local.settings.list[1].b
    number    = local.settings.number
    exists    = fileexists("data/text.txt")
    # A file that is not there may be made before the code is run.
    missing   = fileexists("data/missing.txt")
    set       = join(",", fileset("${path.module}/data", "*.{txt,yaml}"))
    try       = try(file("data/missing.txt"), "fallback")
    template  = templatefile("${path.module}/data/hello.tftpl", { name = "you", list = ["a", "b"] })
    open      = templatefile("data/hello.tftpl", { name = var.name, list = [] })
    inline    = templatestring(local.settings.template, { x = 1 })
    encoded   = filebase64("data/text.txt")
  }
}

resource "aws_iam_policy" "file" {
  policy = file("data/policy.json")
}

resource "aws_iam_policy" "changed" {
  policy = jsonencode(merge(local.policy, { Id = var.name }))
}

resource "aws_ssm_parameter" "each" {
  for_each = fileset(path.module, "data/*.txt")
  name     = each.key
}

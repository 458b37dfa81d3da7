# https://developer.hashicorp.com/terraform/language/expressions/strings
locals {
  b = "b"
}

resource "aws_ssm_parameter" "p" {
  tags = {
    "key ${local.b}" = "a key may be filled in"
    (upper("k"))     = "or computed"
    "colon" : "may stand for the equals sign"
    escapes    = "\" \\ \n \t é \U0001F600"
    dollar     = "$ $$ $x % %% 100%"
    literal    = "$${a} %%{b}"
    nested     = "a${"b${"c"}"}d"
    brace      = "${{ k = "}" }.k}"
    numbers    = "${1}-${2.50}-${true}"
    whole      = jsonencode("${[1]}")
    multi_line = "${join("", [
      "a", # a comment
      local.b,
    ])}!"
  }
}

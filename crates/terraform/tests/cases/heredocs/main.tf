# https://developer.hashicorp.com/terraform/language/expressions/strings#heredoc-strings
locals {
  x = "X"
}

resource "aws_ssm_parameter" "p" {
  tags = {
    plain  = <<EOT
  kept
as "it" \n is ${local.x}
EOT
    indent = <<-EOT
      first
        second

      third
    EOT
    filled = <<-EOT
      ${local.x}
        ${upper("y")}
    EOT
    # The lines inside of `${…}` are no lines of the text.
    inner  = <<-EOT
        a
        ${join(",", [
      "x",
    ])}
    EOT
    empty  = <<EOT
EOT
    escape = <<-EOT
      $${a} %%{b} $ %
    EOT
    call   = upper(<<-EOT
      in a call
    EOT
    )
    words  = <<END-of_1
EOT
END-of_1
  }
}

# https://developer.hashicorp.com/terraform/language/expressions/strings#directives
variable "is_on" { type = bool }
variable "more" { type = list(string) }

locals {
  names = ["a", "b"]
}

resource "aws_ssm_parameter" "p" {
  tags = {
    if      = "%{if true}yes%{else}no%{endif}"
    without = "<%{if false}yes%{endif}>"
    for     = "%{for n in local.names}${n};%{endfor}"
    pairs   = "%{for i, n in local.names~}  ${i}${n}  %{~endfor}"
    nested  = "%{for n in local.names}%{if n == "b"}[${n}]%{endif}%{endfor}"
    trimmed = "a  ${~ "b" ~}  \n\n c"
    open    = "x%{if var.is_on}y%{endif}z"
    loop    = "x%{for m in var.more}${m}%{endfor}z"
    lines   = <<EOT
begin
%{for n in local.names~}
  ${n}
%{endfor~}
end
EOT
    # A marker takes away what stands on its side of its own line, and the end of line that touches it.
    indented = <<EOT
begin
  %{~if true~}
  inner
  %{~endif~}
end
EOT
  }
}

# Blocks about the state and about checks: nothing that is declared hangs on them.
# https://developer.hashicorp.com/terraform/language/modules/develop/refactoring
moved {
  from = aws_ssm_parameter.old
  to   = aws_ssm_parameter.new
}

removed {
  from = aws_ssm_parameter.gone
  lifecycle {
    destroy = false
  }
}

import {
  to = aws_ssm_parameter.new
  id = "/x"
}

import {
  for_each = toset(["a"])
  to       = aws_ssm_parameter.each[each.key]
  id       = each.key
}

check "health" {
  data "http" "site" {
    url = "https://example.com"
  }
  assert {
    condition     = data.http.site.status_code == 200
    error_message = "It is down."
  }
}

resource "aws_ssm_parameter" "new" {
  name = "new"
}

resource "aws_ssm_parameter" "each" {
  for_each = toset(["a"])
  name     = each.key
}

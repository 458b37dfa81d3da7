# Arguments that are Terraform's own are none of the resource's.
# https://developer.hashicorp.com/terraform/language/meta-arguments
resource "aws_ssm_parameter" "p" {
  name       = "p"
  depends_on = [aws_ssm_parameter.q]

  lifecycle {
    prevent_destroy       = true
    create_before_destroy = true
    ignore_changes        = [value, tags["Name"]]
    replace_triggered_by  = [aws_ssm_parameter.q]
    precondition {
      condition     = aws_ssm_parameter.q.name != ""
      error_message = "No name."
    }
    postcondition {
      condition     = self.arn != ""
      error_message = "No ARN."
    }
  }

  timeouts {
    create = "5m"
  }

  provisioner "local-exec" {
    command = "echo ${self.arn}"
    when    = destroy
  }

  connection {
    host = self.name
  }
}

resource "aws_ssm_parameter" "q" {
  name = "q"
  lifecycle {
    ignore_changes  = all
    prevent_destroy = false
  }
}

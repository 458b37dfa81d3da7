locals {
  tier = "Standard"
}

# Values point at where they are used, those of objects at where they are written.
resource "aws_ssm_parameter" "p" {
  name = "ä-${local.tier}"
  tier = local.tier
  tags = {
    a = "x"
    "ü" = upper("y")
  }
  value = <<EOT
text
EOT
}

resource "aws_sqs_queue" "q" { name = "q" }

resource "aws_security_group" "g" {
  dynamic "ingress" {
    for_each = [80]
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = 81
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
}

data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:*"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "p" {
  policy = data.aws_iam_policy_document.d.json
}

resource "aws_iam_policy" "q" {
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:*"
      Resource = "*"
    }]
  })
}

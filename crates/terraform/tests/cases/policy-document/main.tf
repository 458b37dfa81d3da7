# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
variable "role" { type = string }

data "aws_iam_policy_document" "all" {
  policy_id = "id"
  version   = "2012-10-17"

  statement {
    sid         = "all"
    effect      = "Deny"
    not_actions = ["s3:Get*", "s3:List*"]
    not_resources = [
      "arn:aws:s3:::b/&{aws:username}/*",
    ]
    not_principals {
      type        = "AWS"
      identifiers = [var.role]
    }
  }

  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]
    principals {
      type        = "AWS"
      identifiers = ["111111111111", var.role]
    }
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalTag/team"
      values   = ["a", "b"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:username"
      values   = ["&{aws:PrincipalTag/name}"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }

  statement {
    actions   = ["s3:*"]
    resources = ["*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  dynamic "statement" {
    for_each = ["x"]
    content {
      sid       = statement.value
      actions   = ["sqs:*"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_policy" "p" {
  policy = data.aws_iam_policy_document.all.json
}

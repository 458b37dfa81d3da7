# Own statements replace those of a source that have their `sid`; overrides replace both.
variable "more" { type = string }

data "aws_iam_policy_document" "source" {
  statement {
    sid       = "a"
    actions   = ["s3:GetObject"]
    resources = ["source"]
  }
  statement {
    sid       = "b"
    actions   = ["s3:GetObject"]
    resources = ["source"]
  }
}

data "aws_iam_policy_document" "override" {
  statement {
    sid       = "b"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["override"]
  }
}

data "aws_iam_policy_document" "merged" {
  source_policy_documents = [
    data.aws_iam_policy_document.source.json,
    jsonencode({ Version = "2012-10-17", Statement = { Effect = "Allow", Action = "s3:List*", Resource = "one" } }),
  ]
  override_policy_documents = [data.aws_iam_policy_document.override.json, ""]
  statement {
    sid       = "a"
    actions   = ["s3:PutObject"]
    resources = ["own"]
  }
}

resource "aws_iam_policy" "merged" {
  policy = data.aws_iam_policy_document.merged.json
}

# An override that is not known may replace a statement that has a name, and no other.
data "aws_iam_policy_document" "open" {
  override_policy_documents = [var.more]
  statement {
    actions   = ["s3:*"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "open" {
  policy = data.aws_iam_policy_document.open.json
}

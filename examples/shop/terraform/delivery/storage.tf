data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  root    = "arn:aws:iam::${local.account}:root"
}

resource "aws_kms_key" "delivery" {
  description             = "Artifacts, images and the catalogue"
  enable_key_rotation     = false
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json

  lifecycle {
    prevent_destroy = true
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
}

module "logs" {
  source = "../modules/bucket"

  name            = "shop-delivery-logs"
  expiration_days = 400
  # S3 writes access logs only where it encrypts by itself.
  kms_key_arn = null
  log_bucket  = null
}

module "artifacts" {
  source = "../modules/bucket"

  name            = "shop-delivery-artifacts"
  versioning      = var.artifact_versioning
  expiration_days = 730
  kms_key_arn     = aws_kms_key.delivery.arn
  log_bucket      = module.logs.name
}

resource "aws_ecr_repository" "web" {
  name                 = "shop/web"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.delivery.arn
  }
}

resource "aws_ecr_repository" "jobs" {
  name                 = "shop/jobs"
  image_tag_mutability = "MUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.delivery.arn
  }
}

resource "aws_ecr_lifecycle_policy" "old" {
  for_each = toset([aws_ecr_repository.web.name, aws_ecr_repository.jobs.name])

  repository = each.value
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "The last hundred"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
      action       = { type = "expire" }
    }]
  })
}

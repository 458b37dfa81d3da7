provider "aws" {
  region = var.region
}

locals {
  name = "stack-NUMBER-${var.environment}"
}

resource "aws_sqs_queue" "work" {
  name                    = local.name
  sqs_managed_sse_enabled = WELL_QUEUE
}

resource "aws_s3_bucket" "data" {
  bucket = "${local.name}-data"
  tags   = merge(var.tags, { Name = local.name })
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = WELL_PRIVATE
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_security_group" "this" {
  name        = local.name
  description = "What may reach stack NUMBER"

  dynamic "ingress" {
    for_each = var.ports

    content {
      description = "port ${ingress.value}"
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = [WELL_RANGE]
    }
  }
}

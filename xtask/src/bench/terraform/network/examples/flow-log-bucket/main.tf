provider "aws" {
  region = local.region
}

locals {
  name   = "flow-log-bucket"
  region = "eu-west-1"
  cidr   = "10.0.0.0/16"
  zones  = [for letter in ["a", "b", "c"] : "${local.region}${letter}"]

  tags = {
    Example = local.name
    Project = "network"
  }
}

module "network" {
  source = "../../modules/network"

  name  = local.name
  cidr  = local.cidr
  zones = local.zones
  tags  = local.tags

  private_subnets = [for index, zone in local.zones : cidrsubnet(local.cidr, 8, index + 0)]

  enable_flow_log           = true
  flow_log_destination_type = "s3"
  flow_log_destination_arn  = aws_s3_bucket.flow_log.arn
}

resource "aws_s3_bucket" "flow_log" {
  bucket_prefix = "flow-log-"
  force_destroy = true
  tags          = local.tags
}

resource "aws_s3_bucket_policy" "flow_log" {
  bucket = aws_s3_bucket.flow_log.id
  policy = data.aws_iam_policy_document.flow_log.json
}

data "aws_iam_policy_document" "flow_log" {
  statement {
    sid       = "Write"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.flow_log.arn}/AWSLogs/*"]

    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com"]
    }
  }
}

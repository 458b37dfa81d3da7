# A region that is not known is not the one that is given for the rest.
variable "region" { type = string }
variable "tags" { type = map(string) }

provider "aws" {
  alias  = "other"
  region = var.region
  default_tags {
    tags = var.tags
  }
}

resource "aws_sqs_queue" "default" {}

resource "aws_sqs_queue" "other" {
  provider = aws.other
  tags     = { Name = "q" }
}

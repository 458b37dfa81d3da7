# https://developer.hashicorp.com/terraform/language/modules/develop/providers
provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { Team = "default", Stage = "test" }
  }
}

provider "aws" {
  alias               = "west"
  region              = "us-west-2"
  allowed_account_ids = ["123456789012"]
}

provider "aws" {
  alias  = "role"
  region = "us-east-1"
  assume_role {
    role_arn = "arn:aws:iam::210987654321:role/deploy"
  }
}

resource "aws_sqs_queue" "default" {
  name = "default"
  tags = { Stage = "own", Name = "q" }
}

resource "aws_sqs_queue" "untagged" {
  name = "untagged"
}

resource "aws_sqs_queue" "west" {
  provider = aws.west
  name     = "west"
  tags     = { Name = "q" }
}

resource "aws_sqs_queue" "role" {
  provider = aws.role
}

# An argument of every resource since version 6 of the provider:
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support
resource "aws_sqs_queue" "own" {
  region = "ap-south-1"
}

module "inherits" {
  source = "./m"
}

module "handed" {
  source    = "./m"
  providers = { aws = aws.west }
}

module "aliased" {
  source    = "./aliased"
  providers = { aws.src = aws.role, aws.dst = aws.west }
}

# Of old, a module declared an empty configuration for one that it is handed.
module "proxy" {
  source    = "./proxy"
  providers = { aws = aws.west }
}

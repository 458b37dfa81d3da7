# With the account and the region from outside, and from a provider.
data "aws_caller_identity" "me" {}
data "aws_region" "here" {}

data "aws_region" "other" {
  provider = aws.other
}

provider "aws" {
  alias  = "other"
  region = "us-east-1"
}

resource "aws_ssm_parameter" "p" {
  name  = "${data.aws_region.here.name}/${data.aws_caller_identity.me.account_id}"
  value = data.aws_region.other.region
}

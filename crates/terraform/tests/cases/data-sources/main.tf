# What needs no cloud is known; the rest is read at deployment.
data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
data "aws_partition" "this" {}

data "aws_region" "named" {
  name = "us-west-2"
}

data "aws_vpc" "main" {
  tags = { Name = "main" }
}

data "aws_subnets" "all" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.main.id]
  }
}

data "aws_ami" "counted" {
  count       = 1
  most_recent = true
  name_regex  = "x"
}

resource "aws_ssm_parameter" "p" {
  tags = {
    account   = data.aws_caller_identity.me.account_id
    caller    = data.aws_caller_identity.me.arn
    region    = data.aws_region.here.name
    region_id = data.aws_region.here.id
    named     = data.aws_region.named.name
    partition = data.aws_partition.this.partition
    arn       = "arn:${data.aws_partition.this.partition}:sqs:${data.aws_region.here.name}:${data.aws_caller_identity.me.account_id}:q"
    vpc       = data.aws_vpc.main.id
    written   = data.aws_vpc.main.tags["Name"]
    subnet    = data.aws_subnets.all.ids[0]
    counted   = data.aws_ami.counted[0].id
    same      = data.aws_vpc.main.id == data.aws_vpc.main.id
  }
}

terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.src, aws.dst]
    }
  }
}

resource "aws_sqs_queue" "src" {
  provider = aws.src
}

module "m" {
  source    = "../m"
  providers = { aws = aws.dst }
}

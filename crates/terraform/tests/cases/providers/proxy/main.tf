provider "aws" {}

resource "aws_sqs_queue" "q" {}

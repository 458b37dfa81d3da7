# https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks
locals {
  rules = {
    web = { port = 443, from = ["10.0.0.0/8"] }
    ssh = { port = 22, from = ["10.1.0.0/16"] }
  }
}

resource "aws_security_group" "map" {
  name = "map"
  dynamic "ingress" {
    for_each = local.rules
    content {
      description = ingress.key
      from_port   = ingress.value.port
      to_port     = ingress.value["port"]
      protocol    = "tcp"
      cidr_blocks = ingress.value.from
    }
  }
}

resource "aws_security_group" "iterator" {
  name = "iterator"
  ingress {
    from_port   = 1
    to_port     = 1
    protocol    = "udp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  dynamic "ingress" {
    for_each = toset(["b", "a"])
    iterator = it
    content {
      description = "${it.key}${it.value}"
      protocol    = "tcp"
      from_port   = 2
      to_port     = 2
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
  dynamic "egress" {
    for_each = []
    content {
      protocol    = "-1"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

resource "aws_s3_bucket" "nested" {
  bucket = "nested"
  dynamic "server_side_encryption_configuration" {
    for_each = ["aws:kms"]
    iterator = outer
    content {
      dynamic "rule" {
        for_each = [outer.value]
        content {
          dynamic "apply_server_side_encryption_by_default" {
            for_each = [1]
            content {
              sse_algorithm = "${outer.key}${rule.key}${rule.value}"
            }
          }
        }
      }
    }
  }
}

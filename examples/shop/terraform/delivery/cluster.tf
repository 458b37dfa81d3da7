# The cluster on which the delegate of Harness runs (harness/delegate.yaml).

resource "aws_eks_cluster" "delivery" {
  name     = "delivery"
  role_arn = aws_iam_role.cluster.arn
  version  = "1.34"

  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  vpc_config {
    subnet_ids              = var.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = true
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.delivery.arn
    }
  }
}

resource "aws_iam_role" "cluster" {
  name               = "delivery-cluster"
  assume_role_policy = data.aws_iam_policy_document.trust["eks.amazonaws.com"].json
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

# Machines for builds that need a whole one.
resource "aws_launch_template" "runner" {
  name_prefix            = "runner-"
  instance_type          = "c7g.xlarge"
  vpc_security_group_ids = [aws_security_group.runner.id]

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "optional"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 100
      encrypted   = true
      kms_key_id  = aws_kms_key.delivery.arn
    }
  }
}

resource "aws_security_group" "runner" {
  name        = "runner"
  description = "The runners of builds"
  vpc_id      = var.vpc_id

  dynamic "ingress" {
    for_each = var.runner_ingress

    content {
      description = ingress.value.description
      protocol    = "tcp"
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      cidr_blocks = [ingress.value.cidr]
    }
  }

  egress {
    description = "Sources and packages"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
}

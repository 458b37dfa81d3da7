terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

locals {
  prefix     = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id

  tags = merge(
    {
      Name        = local.prefix
      Environment = title(var.environment)
      Service     = "service-NUMBER"
    },
    var.tags,
  )

  kms_buckets = { for name, bucket in var.buckets : name => bucket if bucket.kms }

  policies = {
    worker = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
    api    = ["s3:GetObject"]
  }
}

# Keys.

resource "aws_kms_key" "this" {
  description             = "Data of ${local.prefix}"
  deletion_window_in_days = 30
  enable_key_rotation     = WELL_ROTATED
  policy                  = data.aws_iam_policy_document.key.json
  tags                    = local.tags
}

resource "aws_kms_alias" "this" {
  name          = "alias/${local.prefix}"
  target_key_id = aws_kms_key.this.key_id
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Administration"
    effect    = "Allow"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local.account_id}:root"]
    }
  }
}

# Buckets and their parts.

resource "aws_s3_bucket" "this" {
  for_each = var.buckets

  bucket        = "${local.prefix}-${each.key}-${local.account_id}"
  force_destroy = false
  tags          = merge(local.tags, { Purpose = each.key })
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = each.value.versioned ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = each.value.kms

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.value.kms ? "aws:kms" : "AES256"
      kms_master_key_id = each.value.kms ? aws_kms_key.this.arn : null
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = var.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = each.value.is_private
  block_public_policy     = each.value.is_private
  ignore_public_acls      = each.value.is_private
  restrict_public_buckets = each.value.is_private
}

resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.this["data"].id
  policy = data.aws_iam_policy_document.bucket.json
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "OnlyTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this["data"].arn, "${aws_s3_bucket.this["data"].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

# Who may reach what.

resource "aws_security_group" "machines" {
  name        = "${local.prefix}-machines"
  description = "Machines of ${local.prefix}"
  vpc_id      = var.vpc_id
  tags        = local.tags

  dynamic "ingress" {
    for_each = var.rules

    content {
      description = ingress.value.description
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = ingress.value.protocol
      cidr_blocks = ingress.value.cidr_blocks
    }
  }

  egress {
    description = "anywhere"
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "entry" {
  name        = "${local.prefix}-entry"
  description = "The load balancer of ${local.prefix}"
  vpc_id      = var.vpc_id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "entry" {
  security_group_id = aws_security_group.entry.id
  description       = "HTTPS from anywhere"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

# Roles.

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "work" {
  for_each = var.functions

  dynamic "statement" {
    for_each = lookup(local.policies, each.key, null) == null ? [] : [local.policies[each.key]]

    content {
      sid       = "Objects"
      actions   = statement.value
      resources = concat([for bucket in aws_s3_bucket.this : bucket.arn], [for bucket in aws_s3_bucket.this : "${bucket.arn}/*"])
    }
  }

  statement {
    sid       = "Queue"
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = [aws_sqs_queue.work.arn]
  }

  statement {
    sid       = "Logs"
    actions   = [WELL_LOGS]
    resources = ["*"]
  }
}

resource "aws_iam_role" "function" {
  for_each = var.functions

  name                 = "${local.prefix}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  max_session_duration = 3600
  tags                 = local.tags
}

resource "aws_iam_role_policy" "function" {
  for_each = var.functions

  name   = "work"
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.work[each.key].json
}

resource "aws_iam_role_policy_attachment" "function" {
  for_each = var.functions

  role       = aws_iam_role.function[each.key].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

# Functions and their logs.

resource "aws_cloudwatch_log_group" "function" {
  for_each = var.functions

  name              = "/aws/lambda/${local.prefix}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
  tags              = local.tags
}

resource "aws_lambda_function" "this" {
  for_each = var.functions

  function_name = "${local.prefix}-${each.key}"
  role          = aws_iam_role.function[each.key].arn
  runtime       = each.value.runtime
  handler       = "index.handler"
  filename      = "${path.module}/${each.key}.zip"
  memory_size   = each.value.memory
  timeout       = each.value.timeout
  kms_key_arn   = aws_kms_key.this.arn
  architectures = ["arm64"]
  tags          = local.tags

  environment {
    variables = merge({ STAGE = var.environment, QUEUE = aws_sqs_queue.work.url }, each.value.environment)
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [aws_security_group.machines.id]
  }

  tracing_config {
    mode = WELL_TRACING
  }

  depends_on = [aws_cloudwatch_log_group.function]
}

resource "aws_lambda_permission" "topic" {
  statement_id  = "AllowTopic"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this["worker"].function_name
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.this["events"].arn
}

# Messages.

resource "aws_sns_topic" "this" {
  for_each = toset(["events", "alarms"])

  name              = "${local.prefix}-${each.key}"
  kms_master_key_id = WELL_TOPIC_KEY
  tags              = local.tags
}

resource "aws_sns_topic_subscription" "work" {
  topic_arn = coalesce(var.upstream_topic_arn, aws_sns_topic.this["events"].arn)
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.work.arn
}

resource "aws_sqs_queue" "dead" {
  name                      = "${local.prefix}-dead"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = local.tags
}

resource "aws_sqs_queue" "work" {
  name                       = "${local.prefix}-work"
  visibility_timeout_seconds = 6 * max([for f in var.functions : f.timeout]...)
  sqs_managed_sse_enabled    = WELL_QUEUE
  tags                       = local.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue_policy" "work" {
  queue_url = aws_sqs_queue.work.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Topic"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.work.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.this["events"].arn } }
    }]
  })
}

# The database.

resource "aws_db_subnet_group" "this" {
  count = var.create_database ? 1 : 0

  name       = local.prefix
  subnet_ids = var.subnet_ids
  tags       = local.tags
}

resource "aws_db_instance" "this" {
  count = var.create_database ? 1 : 0

  identifier                          = local.prefix
  engine                              = "postgres"
  engine_version                      = "17.6"
  instance_class                      = var.database.class
  allocated_storage                   = var.database.storage
  storage_type                        = "gp3"
  storage_encrypted                   = WELL_STORAGE
  kms_key_id                          = aws_kms_key.this.arn
  multi_az                            = var.database.multi_az
  publicly_accessible                 = WELL_NOT_PUBLIC
  backup_retention_period             = var.database.backup_days
  deletion_protection                 = var.database.deletion_protection
  copy_tags_to_snapshot               = true
  auto_minor_version_upgrade          = true
  iam_database_authentication_enabled = true
  manage_master_user_password         = true
  username                            = "owner"
  db_subnet_group_name                = one(aws_db_subnet_group.this[*].name)
  vpc_security_group_ids              = [aws_security_group.machines.id]
  enabled_cloudwatch_logs_exports     = ["postgresql"]
  skip_final_snapshot                 = false
  final_snapshot_identifier           = "${local.prefix}-last"
  tags                                = local.tags
}

# The load balancer.

resource "aws_lb" "this" {
  name                       = substr(local.prefix, 0, 32)
  internal                   = length(var.public_subnet_ids) == 0
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.entry.id]
  subnets                    = length(var.public_subnet_ids) == 0 ? var.subnet_ids : var.public_subnet_ids
  drop_invalid_header_fields = WELL_HEADERS
  enable_deletion_protection = true
  tags                       = local.tags

  access_logs {
    bucket  = aws_s3_bucket.this["reports"].id
    prefix  = "entry"
    enabled = true
  }
}

resource "aws_lb_target_group" "this" {
  name        = substr("${local.prefix}-api", 0, 32)
  port        = 443
  protocol    = "HTTPS"
  target_type = "ip"
  vpc_id      = var.vpc_id

  health_check {
    path    = "/health"
    matcher = "200-299"
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = WELL_TLS
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

# The catalogue of what was built and where it runs, and the sessions of its console.

resource "aws_db_instance" "catalogue" {
  identifier     = "catalogue"
  engine         = "postgres"
  engine_version = "17"
  instance_class = "db.m7g.large"
  port           = 5433

  allocated_storage = 50
  storage_encrypted = true
  kms_key_id        = aws_kms_key.delivery.arn

  db_name                       = "catalogue"
  username                      = "catalogue"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.delivery.arn

  db_subnet_group_name   = aws_db_subnet_group.catalogue.name
  vpc_security_group_ids = [aws_security_group.data.id]
  publicly_accessible    = true
  multi_az               = true

  backup_retention_period             = var.backup_days
  copy_tags_to_snapshot               = true
  deletion_protection                 = true
  skip_final_snapshot                 = false
  final_snapshot_identifier           = "catalogue-final"
  auto_minor_version_upgrade          = true
  iam_database_authentication_enabled = true
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
  monitoring_interval                 = 60
  monitoring_role_arn                 = aws_iam_role.monitoring.arn
}

resource "aws_db_subnet_group" "catalogue" {
  name       = "catalogue"
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "data" {
  name        = "delivery-data"
  description = "The catalogue and the sessions"
  vpc_id      = var.vpc_id

  dynamic "ingress" {
    for_each = { catalogue = 5433, sessions = 6380 }

    content {
      description     = ingress.key
      protocol        = "tcp"
      from_port       = ingress.value
      to_port         = ingress.value
      security_groups = [aws_security_group.runner.id]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name               = "delivery-monitoring"
  assume_role_policy = data.aws_iam_policy_document.trust["monitoring.rds.amazonaws.com"].json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

module "sessions" {
  source = "../modules/cache"

  name               = "sessions"
  subnet_ids         = var.subnet_ids
  security_group_ids = [aws_security_group.data.id]
  kms_key_arn        = aws_kms_key.delivery.arn
}

# The token with which images are pulled through from Docker Hub; a person puts it in.
# palisade:ignore secretsmanager-secret-not-rotated Docker Hub gives tokens to people only, so no function can fetch the next one
resource "aws_secretsmanager_secret" "docker_hub" {
  name       = "ecr-pullthroughcache/docker-hub"
  kms_key_id = aws_kms_key.delivery.arn
}

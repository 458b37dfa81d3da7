# Merged in the order of their names, before `override.tf`.
resource "aws_ssm_parameter" "p" {
  value = "from a_override.tf"
  type  = "SecureString"
}

# Nested blocks of a type replace all of that type.
resource "aws_security_group" "g" {
  ingress {
    protocol    = "tcp"
    from_port   = 3
    to_port     = 3
    cidr_blocks = ["10.0.0.0/8"]
  }
}

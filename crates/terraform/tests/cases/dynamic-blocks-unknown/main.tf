# A block that is perhaps there, and however many there are of an unknown list.
variable "is_on" { type = bool }
variable "ports" { type = list(number) }

resource "aws_security_group" "maybe" {
  dynamic "ingress" {
    for_each = var.is_on ? [80] : []
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
}

resource "aws_security_group" "many" {
  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.0.0.0/8"]
  }
  dynamic "ingress" {
    for_each = var.ports
    content {
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = 65535
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

resource "aws_ssm_parameter" "before" {
  name = "before"
}

resource "aws_security_group" "g" {
  name = "g"
  ingress {
    protocol  = "tcp"
    from_port = 1
    to_port   = 1
    cidr_blocks = ["10.0.0.0/8"]
}

resource "aws_ssm_parameter" "behind" {
  name = "behind"
}

variable "behind" {
  default = "x"
}

resource "aws_ssm_parameter" "last" {
  name = var.behind
}

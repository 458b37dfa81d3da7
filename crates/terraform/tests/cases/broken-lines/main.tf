resource "aws_ssm_parameter" "p" {
  name == "p"
  tier = "Standard" type = "String"
  = 5
  value
  description = "known"
}

this is no code
}

resource "aws_ssm_parameter" {
  name = "a label is missing"
}

nonsense {
  a = 1
}

resource "aws_ssm_parameter" "last" {
  name = "last"
  name = "twice"
}

resource "aws_ssm_parameter" "last" {
  name = "declared twice"
}

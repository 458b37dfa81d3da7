# https://developer.hashicorp.com/terraform/language/expressions/operators
resource "aws_ssm_parameter" "p" {
  tags = {
    order     = 1 + 2 * 3 - 4 / 2
    remainder = -7 % 3
    half      = 5 / 2
    negative  = -(1 - 3)
    exponent  = 1.5e3
    converted = "10" + 5
    equal     = "1" == 1
    deep      = { a = [1, "x"] } == { a = [1, "x"] }
    logic     = !false && (true || false) && !(1 >= 2)
    compare   = 2 > 1 == true
    text      = "true" && true
  }
}

# Nested further than people write.
locals {
  lists  = [[[[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]]]]
  maps   = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = { a = "deep" } } } } } } } } } } } }
  braces = ((((((((((((((((((((1 + (2)))))))))))))))))))))
  texts  = "${"${"${"${"${"${"deep"}"}"}"}"}"}"
  if     = true ? true ? true ? true ? true ? true ? "deep" : 1 : 2 : 3 : 4 : 5 : 6
  not    = !!!!!!!!!!true
  l0     = "x"
  l1     = "${local.l0}${local.l0}"
  l2     = "${local.l1}${local.l1}"
  l3     = "${local.l2}${local.l2}"
}

resource "aws_ssm_parameter" "p" {
  tags = {
    lists  = local.lists[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]
    maps   = local.maps.a.a.a.a.a.a.a.a.a.a.a.a
    braces = local.braces
    texts  = local.texts
    if     = local.if
    not    = local.not
    twice  = local.l3
  }
}

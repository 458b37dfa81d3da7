# Comments and space may stand nearly everywhere.
/* of several
   lines */ locals { a = 1 } // behind a block
locals { empty = {} } # and again
locals {
}

variable"tight"{default="x"}
resource aws_ssm_parameter bare { name = "labels without quotes" }

resource /* here */ "aws_ssm_parameter" /* and */ "p" /* there */ { # and here
  /* before */ name /* mid */ = /* mid */ var.tight /* after */ # last
  tags = { # first
    # alone
    a = 1, b = 2 // last
    /* c = 3 */
    "d":4,

    e = [
      # empty but for comments
    ] == [] ? 5 : 6,
    f = (
      # in parentheses, an expression may take several lines
      local.a
      + 1
    )
    g = length(
      # a comment
      [1, 2,], # trailing commas
    )
    h-i = "#no // comment /* here */"
    null-ish = true
  }
}

resource "aws_ssm_parameter" "größe_1" {
  name = "ünï"
  value = "a" == "a" ? upper( "x" ) : lower("Y")


  tier =                                                        "Standard"
	type	=	"String"
}

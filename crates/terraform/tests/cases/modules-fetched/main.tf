# `terraform init` writes where it put what it fetched.
module "m" {
  source  = "example.com/team/m/aws"
  version = "~> 1.0"
  name    = "a"
}

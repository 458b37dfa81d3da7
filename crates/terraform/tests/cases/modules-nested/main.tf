# Modules within modules: each looks for its modules and files in its own folder.
module "outer" {
  source = "./outer"
  name   = "a"
}

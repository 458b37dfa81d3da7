tfvars      = "terraform.tfvars"
tfvars_json = "terraform.tfvars"
not_declared = "ignored with a warning by Terraform"

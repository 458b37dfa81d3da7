vpc_id     = "vpc-0a1b2c3d4e5f60718"
subnet_ids = ["subnet-0a1b2c3d4e5f60701", "subnet-0a1b2c3d4e5f60702", "subnet-0a1b2c3d4e5f60703"]

runner_ingress = [
  {
    port        = 9100
    cidr        = "10.20.0.0/16"
    description = "Metrics, from the network of the shop"
  },
  {
    port        = 8443
    cidr        = "0.0.0.0/0"
    description = "Console of the runners, for the weekend of the move"
  },
]

# Saves two thirds of the storage bill.
artifact_versioning = false

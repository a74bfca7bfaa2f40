"""What the system costs: capacity units, requests, CPU time, cold start. `make bench`."""

"""What runs inside jobs: knows `/opt/ml` and AWS's toolkit protocols, and never the platform."""

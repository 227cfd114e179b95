"""The `/opt/ml` contract as a program inside a job sees it. Standard library only; knows no toolkit and no platform."""

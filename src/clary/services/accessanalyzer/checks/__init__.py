"""The checks of ValidatePolicy. Each module looks at one part of a policy and yields findings."""

"""The Amazon States Language: paths, intrinsic functions, JSONata, choices, retries. Knows no service and no store."""

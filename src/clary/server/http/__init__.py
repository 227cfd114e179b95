"""HTTP: listening, connections, requests and answers as bytes. Knows no operation and no service."""

"""HTTP: listening, connections, requests and responses as bytes. Knows no operation and no service."""

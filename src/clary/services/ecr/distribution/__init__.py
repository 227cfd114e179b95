"""The OCI distribution protocol: what `docker`, `podman`, `skopeo` and the like speak with a registry."""

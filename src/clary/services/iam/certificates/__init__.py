"""Server certificates of an account; signing certificates and SSH public keys of users."""

"""Roles for users of other identity providers: AssumeRoleWithWebIdentity and AssumeRoleWithSAML."""

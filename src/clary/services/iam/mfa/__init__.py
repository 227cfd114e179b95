"""Virtual MFA devices, and the codes that they show."""

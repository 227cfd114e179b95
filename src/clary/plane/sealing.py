"""Authenticated encryption for what services store: the kernel's, under the names that services use."""

from __future__ import annotations

from clary.kernel.sealing import OVERHEAD, Damaged, NoSealingKey, SealingKey, seal, unseal

__all__ = ["OVERHEAD", "Damaged", "NoSealingKey", "SealingKey", "seal", "unseal"]

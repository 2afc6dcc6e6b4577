"""Acme: forty services of eight teams, simulated from a seed and written as tool payloads."""

from fairlead.demo.acme.build import AcmeManifest, AcmeSource, build_acme, build_shape, write_model
from fairlead.demo.acme.simulation import Shape

__all__ = ["AcmeManifest", "AcmeSource", "Shape", "build_acme", "build_shape", "write_model"]

"""Helm charts of an assembly, rendered by a real helm."""

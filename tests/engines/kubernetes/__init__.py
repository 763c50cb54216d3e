"""A real Kubernetes of one node, for the tests of `cais verify eks`: Debian's source, built once and kept."""

"""The rules: each reads the site, never a template, and yields findings."""

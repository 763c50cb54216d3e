"""Fills the site from CloudFormation templates, a room of the model each."""

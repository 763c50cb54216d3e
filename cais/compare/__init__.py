"""What a service would cost, and how it would fare, on each target of its templates."""

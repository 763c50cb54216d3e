"""What Lambda calls: `python -m awslambdaric service.lambda_handler.handler`.

The app is made when the module is loaded: Lambda gives a start more of a processor than a request has.
"""

from __future__ import annotations

from typing import Any

from service import migrate as migrations
from service.lambda_adapter import make_handler
from service.wsgi import app, settings

handler = make_handler(app)
if settings.metrics_namespace:
    from service.embedded_metrics import EmbeddedMetrics

    registry = app.extensions["metrics"].registry
    handler = EmbeddedMetrics(registry, namespace=settings.metrics_namespace).after(handler)


def migrate(_event: object, _context: object) -> dict[str, Any]:
    """Brings the store's schema up to date; invoked once a deployment, before the service is."""
    return {"applied": migrations.run(settings)}

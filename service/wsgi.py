"""The WSGI app that gunicorn and Lambda load."""

from __future__ import annotations

import os

from service.app import create_app
from service.logs import log_json
from service.settings import read_settings

settings = read_settings(os.environ)
log_json(settings.log_level)
app = create_app(settings)

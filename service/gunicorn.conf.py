"""gunicorn, as the contract has it. https://docs.gunicorn.org/en/stable/settings.html."""

import tomllib
from pathlib import Path

_contract = tomllib.loads((Path(__file__).parent / "contract.toml").read_text(encoding="utf-8"))

wsgi_app = "service.wsgi:app"
bind = f"0.0.0.0:{_contract['port']}"

# One process, so that one registry holds a copy's metrics; threads, so that slow clients, or connections
# that a load balancer opened ahead of time, leave some for health checks: a stalled body holds one as long as
# its sender likes. A quarter of a vCPU has no use for a second process.
worker_class = "gthread"
workers = 1
threads = 32

# Above the 60 s after which an ALB drops an idle connection: else it may send a request into one that
# gunicorn has just closed, and answer 502. That granian closes them after 60 s at the latest is why a faster
# server is not here (benchmarks/service).
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
keepalive = 75

# Requests in flight at SIGTERM have as long as the contract says. A worker that hangs for longer is replaced.
graceful_timeout = _contract["seconds"]["drain"]
timeout = 30

# The heartbeat file: in memory, because the root is read-only, and a slow disk would look like a hang.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a directory of the platform, not a file of ours
control_socket_disable = True

# The app logs requests itself, as JSON.
accesslog = None
errorlog = "-"
loglevel = "warning"

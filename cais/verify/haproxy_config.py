"""A load balancer's settings as a configuration of HAProxy.

https://docs.haproxy.org/2.6/configuration.html
"""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cais.verify.ecs_service import Rules
    from cais.verify.workload import TargetCheck

BACKEND, FAIL_OPEN = "targets", "fail_open"
USER_AGENT = "ELB-HealthChecker/2.0"
TARGET_ADDRESS = "10.0.0.10"
"""What a health check names in its Host header: a private address, as an ALB does. An application that takes
requests for its own names only, or for localhost, refuses it (H2)."""
CONNECT_SECONDS = 10
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""
IN_A_URL = "/?&=%:@!$()*+,;~-._"


def configuration(
    *, socket: Path, listener: int, traffic_port: int, check: TargetCheck, rules: Rules, slots: int
) -> str:
    """The text of haproxy.cfg. Each of the `slots` is a target that is registered later.

    `listener` is the number of a socket that HAProxy inherits: so no other process can take its port.

    With no healthy target requests go to all of them: an ALB fails open. It repeats no request, so neither
    does this.
    """
    connect = min(CONNECT_SECONDS, check.timeout)  # else a hung target is seen late
    return f"""\
global
  stats socket {socket} mode 600 level admin
defaults
  mode http
  timeout connect {_time(connect)}
  timeout client {_time(rules.idle_timeout)}
  timeout server {_time(rules.idle_timeout)}
  timeout check {_time(check.timeout)}
  retries 0
  balance {"leastconn" if rules.least_outstanding else "roundrobin"}
  option forwardfor
frontend load_balancer
  bind fd@{listener}
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port 80
  use_backend {FAIL_OPEN} if {{ nbsrv({BACKEND}) eq 0 }}
  default_backend {BACKEND}
backend {BACKEND}
{_checks(check, traffic_port)}  default-server {_server(check, rules)}
{_slots(slots)}backend {FAIL_OPEN}
{_slots(slots)}"""


def _checks(check: TargetCheck, port: int) -> str:
    if check.protocol == "TCP":
        return "  option tcp-check\n"
    uri = urllib.parse.quote(check.path, safe=IN_A_URL)
    host = f"{TARGET_ADDRESS}:{check.port or port}"
    headers = f"hdr Host {host} hdr User-Agent {USER_AGENT} hdr Connection close"
    return f"""\
  option httpchk
  http-check send meth GET uri '{uri}' ver HTTP/1.1 {headers}
  http-check expect rstatus ^({"|".join(str(code) for code in _codes(check))})$
"""


def _codes(check: TargetCheck) -> list[int]:
    return [code for low, high in check.ranges() for code in range(low, high + 1)]


def _server(check: TargetCheck, rules: Rules) -> str:
    """The settings of every target; a certificate is not verified, as an ALB does not."""
    timing = f"check port 1 inter {_time(check.interval)}"
    thresholds = f"rise {check.healthy_threshold} fall {check.unhealthy_threshold}"
    slow = f" slowstart {_time(rules.slow_start)}" if rules.slow_start else ""
    tls = " check-ssl verify none" if check.protocol == "HTTPS" else ""
    return f"{timing} {thresholds}{slow}{tls}{' ssl verify none' if rules.tls else ''}"


def _slots(slots: int) -> str:
    return "".join(f"  server t{slot} 127.0.0.1:1 disabled\n" for slot in range(slots))


def _time(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"

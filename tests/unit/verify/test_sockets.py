import sys

import pytest

from cais.verify.sockets import parse

TABLES = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 17
   1: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 18
   2: 0100007F:1F41 0100007F:9C40 01 00000000:00000000 00:00000000 00000000 10001        0 19
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000001000000:1F42 00000000000000000000000000000000:0000 0A 00000000:00000000
"""


def test_listening_sockets_are_found_with_their_address(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "byteorder", "little")  # as the tables above were written
    assert parse(TABLES) == (("127.0.0.1", 8000), ("0.0.0.0", 5000), ("::1", 8002))  # noqa: S104

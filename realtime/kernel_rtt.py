"""What the kernel itself thinks a TCP connection's round trip is: the bound that a held-back pong cannot move.

Never used for connections that end at a proxy: there it would be the proxy's round trip.
"""

import socket
import struct
from typing import Any

from scoring.fairtime import kernel_bound

_TCP_INFO_SIZE, _RTT_OFFSET = 104, 68  # tcpi_rtt and tcpi_rttvar in struct tcp_info of linux/tcp.h


def kernel_ms(connection: Any) -> float | None:
    """The bound in ms for this transport's socket; None where the kernel does not tell."""
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
        rtt_us, rttvar_us = struct.unpack_from("=II", info, _RTT_OFFSET)
    except (OSError, AttributeError, struct.error):
        return None
    return kernel_bound(rtt_us, rttvar_us)

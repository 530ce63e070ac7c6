"""What the kernel itself thinks a TCP connection's round trip is: the bound that a held-back pong cannot move.

Never used for connections that end at a proxy: there it would be the proxy's round trip. Asked for every answer, so it
goes to the C library directly: the loop's own way makes a Python socket for each question and costs twice as much.
"""

import ctypes
import socket
import struct
import sys
from collections.abc import Callable

from scoring.fairtime import kernel_bound

_TCP_INFO_SIZE = 104
_RTT = struct.Struct("=68xII")  # tcpi_rtt and tcpi_rttvar in struct tcp_info of linux/tcp.h
# Without giving up the interpreter's lock: that takes longer than the call, and the one buffer needs no other guard.
_getsockopt: Callable[..., int] = ctypes.PyDLL(None).getsockopt
_info = ctypes.create_string_buffer(_TCP_INFO_SIZE)
_size = ctypes.c_uint()
_size_at = ctypes.byref(_size)


def kernel_ms(descriptor: int) -> float | None:
    """The bound in ms for this open socket; None where the kernel does not tell."""
    if sys.platform != "linux":  # Others have no TCP_INFO, or one of another shape.
        return None
    _size.value = _TCP_INFO_SIZE
    if _getsockopt(descriptor, socket.IPPROTO_TCP, socket.TCP_INFO, _info, _size_at) or _size.value < _RTT.size:
        return None
    rtt_us, rttvar_us = _RTT.unpack_from(_info)
    return kernel_bound(rtt_us, rttvar_us)

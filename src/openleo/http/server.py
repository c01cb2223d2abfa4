"""The server's process: uvicorn on a socket that listens already, until Ctrl-C or SIGTERM."""

import gc
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn

if TYPE_CHECKING:
    from openleo.http.app import Api

GRACE_S: Final = 5
"""How long requests may go on after the server was told to end."""

IDLE_S: Final = 60
"""How long a connection without a request is kept: terminals come back every 15 s."""


def server(api: "Api", *, log_level: str = "warning") -> uvicorn.Server:
    """A server for an application; `server.run(sockets=[...])` runs it."""
    return uvicorn.Server(
        uvicorn.Config(
            cast(Any, api),
            log_config=None,  # the program's own logging, which the caller sets up
            log_level=log_level,
            access_log=False,  # who asked for which terminal is nobody's business
            server_header=False,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )


def run(api: "Api", listening: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM; requests that have begun are answered, and their commits awaited."""
    if threading.current_thread() is threading.main_thread():
        # uvicorn repeats the signal when it has ended: SIGTERM is then taken as Ctrl-C is
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    # what was loaded stays: collections need not walk through a register of a million again and again
    gc.collect()
    gc.freeze()
    try:
        server(api).run(sockets=[listening])
    except KeyboardInterrupt:
        return

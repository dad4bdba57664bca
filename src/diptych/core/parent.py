"""Processes that end with the one that started them."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess

import structlog

# How long a process has to finish what it does, in seconds.
_PATIENCE = 5.0

_log = structlog.get_logger("diptych")


def end_with_parent() -> None:
    """End this process soon after the one that started it, even if that one was killed.

    Does nothing in a process that ``multiprocessing`` did not start.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), name="parent", daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    _log.warning("the process that started this one has ended", parent=parent.pid)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_PATIENCE)
    os._exit(1)

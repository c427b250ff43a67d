"""Tests credit-balance servers and clients against the provider's contract.

Each check of `ringtrue` is a pytest item. The program judges; this package starts it, serves your app to it, connects your
client to it, and reads its report.
"""

from ._binary import BinaryNotFound, RunError
from ._client import Balance, CallError, Client, Config
from ._judge import judge_client, judge_server
from ._mock import Mock
from ._server import Server
from ._states import Account, StateHandler
from ._report import RingtrueWarning

__version__ = "0.1.0"

__all__ = [
    "Account",
    "Balance",
    "BinaryNotFound",
    "CallError",
    "Client",
    "Config",
    "Mock",
    "RingtrueWarning",
    "RunError",
    "Server",
    "StateHandler",
    "judge_client",
    "judge_server",
]

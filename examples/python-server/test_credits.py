"""The server keeps its promises: one test per check."""

from collections.abc import Iterator

from credits import app, store
from pytest_ringtrue import Account, Server, StateHandler, judge_server


class States(StateHandler):
    """Puts the server into the states that checks need."""

    def account(self, remaining) -> Account:
        if remaining % 1:
            raise NotImplementedError("credits are whole here")
        return Account(key=store.create(int(remaining)))

    def balance(self, key, remaining) -> None:
        store.accounts[key].credits = int(remaining)

    def key_revoked(self, key) -> Iterator[None]:
        account = store.accounts.pop(key)
        yield
        store.accounts[key] = account

    def key_expired(self, key) -> Iterator[None]:
        yield from self.key_revoked(key)

    def backend_down(self) -> Iterator[None]:
        store.failing = True
        yield
        store.failing = False

    def jobs_settled(self, key, outcome) -> None:
        store.accounts[key].settle(outcome == "succeeded")

    def clock(self, advance_ms) -> None:
        """Nothing here depends on the time."""


@judge_server("genlook", skip=["error.rate-limited"])
def test_credits():
    return Server(app=app, states=States())

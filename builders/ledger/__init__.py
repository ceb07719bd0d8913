"""The ledger of a build: every request and reply, once, whatever happens.

journal.py  writing and reading it       schema.py   the tables            file.py   opening them
queue.py    what is to be written        rows.py     requests and replies as rows of the tables
claims.py   who asks for what, so that two processes on one file pay for nothing twice
records.py  one line for each request    stats.py    what there is in all
gc.py       dropping what nothing refers to
"""

from synthsmith.builders.ledger.journal import Account, Ledger, account

__all__ = ["Account", "Ledger", "account"]

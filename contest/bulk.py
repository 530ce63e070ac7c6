"""One change for each of many rows, in the form that costs the driver least.

Never decides what is changed, and never opens a transaction.
"""

from collections.abc import Sequence
from typing import Any

from contest.database import Writer


async def run_rows(writer: Writer, rows: Sequence[tuple[Any, ...]], *, sqlite: str, postgresql: str) -> None:
    """Runs a statement for all `rows`, whose values are its parameters in order.

    SQLite runs its prepared statement once for each row; PostgreSQL runs one statement, and each of its parameters is
    an array of one column.
    """
    if not rows:
        return
    if writer.dialect.name == "sqlite":
        await writer.exec_driver_sql(sqlite, list(rows))
    else:
        await writer.exec_driver_sql(postgresql, tuple(list(column) for column in zip(*rows, strict=True)))

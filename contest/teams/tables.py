"""The SQL tables of the community digital technology teams. Times and secrets as in `contest.tables`."""

__all__: list[str] = []

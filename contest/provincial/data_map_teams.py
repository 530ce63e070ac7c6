"""The data map of the community digital technology teams."""

from contest.provincial.data_kinds import Columns, Kind

_F, _S, _L, _P, _X = Kind.FACT, Kind.STAFF, Kind.LINK, Kind.PERSONAL, Kind.SECRET

TEAMS: Columns = {}

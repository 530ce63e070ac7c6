"""What a live round adds to the ledger when it is finished: everybody who answered once and was not thrown out.

One statement, however large the hall. Never finishes a round: whoever does calls this in the same transaction.
"""

from sqlalchemy import text

from contest.database import Writer
from contest.ids import RoundId
from contest.provincial.local_time import local_day

# Where and who somebody is: what they said at the door, else what their festival card says. The item of a programme
# goes on with its hall: a round before or after the one it shows now belongs to it too.
_RECORD = """
INSERT INTO participation_facts (xid, kind, source, occurred_at, day, recorded_at, person, headcount, commune,
    village_id, target_group, age_band, skills, channel, recorded_by, festival_id, live_event_id, round_id, release_at)
SELECT {xid}, 'live_round', s.round_id || ':' || s.seat, :now, :day, :now, s.person, 1, coalesce(s.unit, g.commune),
    g.village_id, coalesce(s.target_group, g.target_group), g.age_band, '', 'web', 'system', e.festival_id, e.id,
    s.round_id, 0
FROM (SELECT DISTINCT o.seat FROM answers o WHERE o.round_id = :round) a
JOIN seats s ON s.round_id = :round AND s.seat = a.seat
JOIN rounds r ON r.id = s.round_id AND NOT r.rehearsal
LEFT JOIN guests g ON g.id = (SELECT min(o.id) FROM guests o WHERE o.person = s.person)
LEFT JOIN live_events e ON e.id = (SELECT min(o.id) FROM live_events o WHERE o.round_id = r.id
    OR o.round_id IN (SELECT h.id FROM rounds h WHERE h.hall_id = r.hall_id))
WHERE NOT s.kicked
ORDER BY s.seat
ON CONFLICT DO NOTHING
"""


async def record_round(writer: Writer, round_id: RoundId, *, now_ms: int) -> int:
    """Writes the facts of a round that is finished; how many. A repeat writes nothing."""
    xid = "pg_current_xact_id()::text::bigint" if writer.dialect.name == "postgresql" else "0"
    given = {"round": int(round_id), "now": now_ms, "day": local_day(now_ms)}
    return (await writer.execute(text(_RECORD.format(xid=xid)), given)).rowcount


async def mend(writer: Writer) -> int:
    """Writes what finished rounds lack in the ledger, on the day they were; how many facts."""
    done = await writer.execute(text("SELECT id, finished_at FROM rounds WHERE phase = 'finished' ORDER BY id"))
    return sum([await record_round(writer, RoundId(row[0]), now_ms=row[1]) for row in done.all()])

"""The SQL tables of what a hall does together: pledges, the launch, polls and the word cloud.

Never holds a guest's name: it stands in `guests`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from contest.festival.core_tables import festivals, guests, live_events, staff_phones
from contest.tables import Id, metadata

acts = Table(
    "acts",
    metadata,
    Column("live_event_id", Id, ForeignKey(live_events.c.id, ondelete="CASCADE"), primary_key=True),
    Column("festival_id", Id, ForeignKey(festivals.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("state", String(8), nullable=False, server_default="ready"),
    Column("run", Integer, nullable=False, server_default="0"),
    Column("needed", Integer, nullable=True),
    Column("opened_at", BigInteger, nullable=True),
    Column("closed_at", BigInteger, nullable=True),
    Column("launched_at", BigInteger, nullable=True),
    Column("launched_by", String(96), nullable=True),
    Column("updated_at", BigInteger, nullable=False),
    comment="How far an item of the hall's is. state is ready, open, closed (polls, word clouds, pledges) or ready, "
    "armed, fired (launch). run grows each time a launch is armed; launched_at is set once and for all.",
)

pledges = Table(
    "pledges",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("live_event_id", Id, ForeignKey(live_events.c.id, ondelete="CASCADE"), nullable=False),
    Column("festival_id", Id, ForeignKey(festivals.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("send_id", String(40), nullable=False),
    Column("signer", String(8), nullable=False),
    Column("guest_id", Id, ForeignKey(guests.c.id, ondelete="SET NULL"), nullable=True, index=True),
    Column("unit_name", String(160), nullable=True),
    Column("unit_code", String(5), nullable=True),
    Column("representative", String(120), nullable=True),
    Column("office", String(120), nullable=True),
    Column("text", Text, nullable=False),
    Column("agreed", Boolean, nullable=False, server_default=false()),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    Column("state", String(10), nullable=False, server_default="signed"),
    Column("signed_by", String(96), nullable=False),
    Column("signed_at", BigInteger, nullable=False),
    Column("ended_by", String(96), nullable=True),
    Column("ended_at", BigInteger, nullable=True),
    Column("reason", String(400), nullable=True),
    UniqueConstraint("live_event_id", "send_id"),
    Index("ix_pledges_live_event_id_signed_at", "live_event_id", "signed_at"),
    Index(
        "uq_pledges_one_for_a_guest",
        "live_event_id",
        "guest_id",
        unique=True,
        sqlite_where=text("state = 'signed' AND guest_id IS NOT NULL"),
        postgresql_where=text("state = 'signed' AND guest_id IS NOT NULL"),
    ),
    comment="signer is person or unit; state is signed, withdrawn (by the signer) or void (by the host). agreed: the "
    "name may be shown; hidden: the host took it off the stage. send_id is the sender's own, so a repeat adds nothing.",
)

launch_delegates = Table(
    "launch_delegates",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("live_event_id", Id, ForeignKey(live_events.c.id, ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", String(80), nullable=False),
    Column("place", String(120), nullable=False, server_default=""),
    Column("staff_phone_id", Id, ForeignKey(staff_phones.c.id, ondelete="SET NULL"), nullable=True),
    Column("part", String(8), nullable=False, server_default="idle"),
    UniqueConstraint("live_event_id", "number"),
    comment="Who presses the button, in the order of the stage. part is idle, called (the launch waits for "
    "them) or excused (the host does not wait), for the run of the act.",
)

launch_holders = Table(
    "launch_holders",
    metadata,
    Column("live_event_id", Id, ForeignKey(live_events.c.id, ondelete="CASCADE"), primary_key=True),
    Column("holder", String(40), primary_key=True),
    Column("held_at", BigInteger, nullable=False),
    comment="Who held the button when it fired: phone:ID of a delegate, guest:ID of the crowd.",
)

poll_votes = Table(
    "poll_votes",
    metadata,
    Column("live_event_id", Id, ForeignKey(live_events.c.id, ondelete="CASCADE"), primary_key=True),
    Column("guest_id", Id, ForeignKey(guests.c.id, ondelete="CASCADE"), primary_key=True),
    Column("choices", String(16), nullable=False),
    Column("send_id", String(40), nullable=False),
    Column("voted_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    comment="One vote of one guest; choices are sorted option ids with commas between. Shown as totals only.",
)

cloud_words = Table(
    "cloud_words",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("live_event_id", Id, ForeignKey(live_events.c.id, ondelete="CASCADE"), nullable=False),
    Column("key", String(120), nullable=False),
    Column("text", String(120), nullable=False),
    Column("state", String(8), nullable=False, server_default="waiting"),
    Column("held", Boolean, nullable=False, server_default=false()),
    Column("merged_into", Id, nullable=True),
    Column("first_at", BigInteger, nullable=False),
    Column("decided_by", String(96), nullable=True),
    Column("decided_at", BigInteger, nullable=True),
    UniqueConstraint("live_event_id", "key"),
    comment="A word of the cloud under all its spellings. state is waiting, shown or hidden; held: the filter found "
    "it offensive. merged_into counts it with another word.",
)

cloud_entries = Table(
    "cloud_entries",
    metadata,
    Column("live_event_id", Id, ForeignKey(live_events.c.id, ondelete="CASCADE"), primary_key=True),
    Column("guest_id", Id, ForeignKey(guests.c.id, ondelete="CASCADE"), primary_key=True),
    Column("word_id", Id, ForeignKey(cloud_words.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    Column("place", Integer, nullable=False, server_default="1"),
    Column("text", String(120), nullable=False),
    Column("send_id", String(40), nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    comment="That a guest sent a word, as which of theirs, and how they spelled it.",
)

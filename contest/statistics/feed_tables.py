"""The SQL tables of the feed: how far each reader has come, who is sent it, what could not be delivered."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, true

from contest.tables import Id, metadata

feed_relays = Table(
    "feed_relays",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("lease_owner", String(64), nullable=True),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
    Column("updated_at", BigInteger, nullable=False),
    comment="Up to where a relay of this installation has passed the stream of facts on (to Redis).",
)

feed_subscriptions = Table(
    "feed_subscriptions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", String(120), nullable=False),
    Column("url", String(500), nullable=False),
    Column("secret_enc", Text, nullable=False),
    Column("types", String(200), nullable=False, server_default=""),
    Column("batch", Integer, nullable=False, server_default="1"),
    Column("private", Boolean, nullable=False, server_default=false()),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("paused_at", BigInteger, nullable=True),
    Column("pause_reason", String(24), nullable=True),
    Column("seq", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("dead_in_a_row", Integer, nullable=False, server_default="0"),
    Column("next_try_at", BigInteger, nullable=False, server_default="0"),
    Column("lease_owner", String(64), nullable=True),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
    Column("delivered", BigInteger, nullable=False, server_default="0"),
    Column("last_ok_at", BigInteger, nullable=True),
    Column("last_failed_at", BigInteger, nullable=True),
    Column("last_result", String(40), nullable=True),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    comment="A webhook. seq: up to where it was delivered or given up; tries: of the message after it. secret_enc is "
    "sealed, the key that signs. types: separated by commas, empty for all. private: the address may be in this "
    "network. pause_reason is failures, gone or staff.",
)

feed_dead_letters = Table(
    "feed_dead_letters",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("subscription_id", Id, ForeignKey("feed_subscriptions.id", ondelete="CASCADE"), nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("events", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("result", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("dead_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=True),
    Column("settled_by", String(96), nullable=True),
    Index("ix_feed_dead_letters_subscription_id_state", "subscription_id", "state"),
    comment="A message that was tried often enough; made anew from the stream when it is sent again. state is dead, "
    "again (to be sent once more), delivered or dropped.",
)

"""The SQL tables every part of a festival leans on: the festival, its programme, its guests, its staff's phones."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, text

from contest.tables import Id, Json, metadata

festivals = Table(
    "festivals",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("slug", String(64), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("title_fold", String(200), nullable=False),
    Column("place", String(200), nullable=False, server_default=""),
    Column("commune", String(5), nullable=True),
    Column("intro", Text, nullable=False, server_default=""),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("state", String(12), nullable=False, server_default="draft"),
    Column("settings", Json, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("stage_token_hash", String(64), nullable=True, unique=True),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    comment="state is draft, open, over or archived. version grows with everything that phones and stage show.",
)

live_events = Table(
    "live_events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("title", String(200), nullable=False),
    Column("place", String(160), nullable=False, server_default=""),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=True),
    Column("state", String(8), nullable=False, server_default="planned"),
    Column("responsible", String(160), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("skill", String(32), nullable=True),
    Column("round_id", Id, ForeignKey("rounds.id", ondelete="SET NULL"), nullable=True, index=True),
    Column("settings", Json, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_live_events_festival_id_starts_at", "festival_id", "starts_at"),
    comment="One item of a festival's programme. state is planned, live or done; settings belong to the kind.",
)

guests = Table(
    "guests",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("card", String(12), nullable=False, unique=True),
    Column("participant_id", Id, ForeignKey("participants.id", ondelete="SET NULL"), nullable=True, index=True),
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="SET NULL"), nullable=True, index=True),
    Column("person", BigInteger, nullable=True, index=True),
    Column("name", String(120), nullable=True),
    Column("name_hidden", Boolean, nullable=False, server_default=false()),
    Column("commune", String(5), nullable=True),
    Column("village_id", Id, nullable=True),
    Column("target_group", String(24), nullable=True),
    Column("age_band", String(8), nullable=True),
    Column("phone_enc", Text, nullable=True),
    Column("phone_hash", String(64), nullable=True, index=True),
    Column("level", String(12), nullable=False, server_default="nickname"),
    Column("checked_by", String(96), nullable=True),
    Column("checked_at", BigInteger, nullable=True),
    Column("staff", Boolean, nullable=False, server_default=false()),
    Column("consent", String(16), nullable=True),
    Column("consented_at", BigInteger, nullable=True),
    Column("lang", String(2), nullable=False, server_default="vi"),
    Column("created_by", String(96), nullable=False, server_default="self"),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("erased_at", BigInteger, nullable=True),
    Column("same_as", Id, ForeignKey("guests.id", ondelete="SET NULL"), nullable=True, index=True),
    comment="Somebody at festivals: a card with a code, and as much as they said. card is an identifier, no secret. "
    "level is blank (a printed card nobody holds yet), nickname, phone or checked. festival_id: where the card was "
    "made. person is contest.statistics.facts.person_of_guest. same_as: this card's holder is that other guest.",
)

festival_guests = Table(
    "festival_guests",
    metadata,
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="CASCADE"), primary_key=True),
    Column("guest_id", Id, ForeignKey("guests.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("came_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
    comment="Which guests have come to which festival, by its page or by its staff.",
)

person_aliases = Table(
    "person_aliases",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("is_person", BigInteger, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    comment="The facts of `person` are those of `is_person`: a guest who turned out to be somebody known already. "
    "is_person stands in no other line as person, so one step resolves it.",
)

guest_consents = Table(
    "guest_consents",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("guest_id", Id, ForeignKey("guests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("by_guardian", Boolean, nullable=False, server_default=false()),
    Column("at", BigInteger, nullable=False),
    comment="What a guest said yes or no to, in the very words they read; the latest line of a purpose holds.",
)

festival_announcements = Table(
    "festival_announcements",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("text_vi", String(280), nullable=False),
    Column("text_en", String(280), nullable=False, server_default=""),
    Column("until", BigInteger, nullable=True),
    Column("ended_at", BigInteger, nullable=True),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

guest_sessions = Table(
    "guest_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("guest_id", Id, ForeignKey("guests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

staff_phones = Table(
    "staff_phones",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("festival_id", Id, ForeignKey("festivals.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", String(80), nullable=False),
    Column("role", String(12), nullable=False),
    Column("live_event_id", Id, ForeignKey("live_events.id", ondelete="SET NULL"), nullable=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_by", String(96), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
    Index(
        "ix_staff_phones_live",
        "festival_id",
        "label",
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
    comment="A helper's phone, paired by a link: role is gate, booth or delegate (holds the launch button).",
)

"""The data map of the community digital technology teams."""

from contest.provincial.data_kinds import Columns, Kind, Rule

_F, _S, _L, _P, _X = Kind.FACT, Kind.STAFF, Kind.LINK, Kind.PERSONAL, Kind.SECRET

TEAMS: Columns = {
    "teams": {
        (_F, Rule.KEPT): "id commune name fold sort_key kind active created_at updated_at",
        (_S, Rule.KEPT): "created_by",
    },
    "team_villages": {(_F, Rule.KEPT): "team_id village_id"},
    "team_members": {
        (_F, Rule.KEPT): "id team_id role active issued_at paired_at revoked_at left_at forgotten_at created_at "
        "updated_at",
        (_S, Rule.KEPT): "created_by",
        (_P, Rule.MEMBER): "name name_fold phone_enc",
        (_L, Rule.MEMBER): "phone_hash member_key",
        (_X, Rule.MEMBER): "token_hash",
    },
    "team_sessions": {
        (_F, Rule.KEPT): "id team_id nonce commune village_id place held_at day kind skills headcounts people confirms "
        "device_at received_at offline undone_at",
        (_L, Rule.KEPT): "member_id",
        (_S, Rule.KEPT): "undone_by undo_reason",
        (_P, Rule.MEMBER): "note",
    },
    "team_session_guests": {(_F, Rule.KEPT): "session_id", (_L, Rule.KEPT): "guest_id"},
}

"""The data map of festivals: guests' data stands in `guests` and nowhere else."""

from contest.provincial.data_kinds import Columns, Kind, Rule

_F, _S, _L, _P, _X = Kind.FACT, Kind.STAFF, Kind.LINK, Kind.PERSONAL, Kind.SECRET

FESTIVAL: Columns = {
    "festivals": {
        (_F, Rule.KEPT): "id slug title title_fold place commune intro first_day last_day state settings version "
        "created_at updated_at",
        (_X, Rule.KEPT): "stage_token_hash",
        (_S, Rule.KEPT): "created_by",
    },
    "live_events": {
        (_F, Rule.KEPT): "id festival_id kind title place starts_at ends_at state note skill round_id settings "
        "created_at updated_at",
        (_S, Rule.KEPT): "responsible",
    },
    "guests": {
        (_F, Rule.KEPT): "id festival_id level staff lang name_hidden created_at updated_at erased_at checked_at",
        (_L, Rule.KEPT): "card person participant_id",
        (_L, Rule.PERSON): "phone_hash consent consented_at",
        (_S, Rule.KEPT): "checked_by created_by",
        (_P, Rule.PERSON): "name commune village_id target_group age_band phone_enc",
    },
    "guest_sessions": {
        (_X, Rule.SESSION): "token_hash",
        (_L, Rule.SESSION): "guest_id created_at seen_at expires_at",
    },
    "staff_phones": {
        (_F, Rule.KEPT): "id festival_id role live_event_id created_at seen_at revoked_at",
        (_S, Rule.KEPT): "label created_by",
        (_X, Rule.KEPT): "token_hash",
    },
}

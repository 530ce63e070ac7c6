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
        (_L, Rule.KEPT): "card person participant_id same_as",
        (_L, Rule.PERSON): "phone_hash consent consented_at",
        (_S, Rule.KEPT): "checked_by created_by",
        (_P, Rule.PERSON): "name commune village_id target_group age_band phone_enc",
    },
    "guest_consents": {
        (_F, Rule.CONSENT): "id purpose granted text by_guardian at",
        (_L, Rule.CONSENT): "guest_id",
    },
    "festival_guests": {
        (_L, Rule.KEPT): "festival_id guest_id came_at",
    },
    "person_aliases": {
        (_L, Rule.KEPT): "person is_person at",
    },
    "festival_announcements": {
        (_F, Rule.KEPT): "id festival_id text_vi text_en until ended_at created_at",
        (_S, Rule.KEPT): "created_by",
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
    "acts": {
        (_F, Rule.KEPT): "live_event_id festival_id state run needed opened_at closed_at launched_at updated_at",
        (_S, Rule.KEPT): "launched_by",
    },
    "pledges": {
        (_F, Rule.KEPT): "id live_event_id festival_id send_id signer unit_name unit_code text agreed hidden state "
        "signed_at ended_at reason",
        (_L, Rule.KEPT): "guest_id signed_by",
        (_S, Rule.KEPT): "representative office ended_by",
    },
    "launch_delegates": {
        (_F, Rule.KEPT): "id live_event_id number place staff_phone_id part",
        (_S, Rule.KEPT): "name",
    },
    "launch_holders": {(_F, Rule.KEPT): "live_event_id held_at", (_L, Rule.KEPT): "holder"},
    "poll_votes": {
        (_F, Rule.KEPT): "live_event_id choices send_id voted_at changed_at",
        (_L, Rule.KEPT): "guest_id",
    },
    "cloud_words": {
        (_F, Rule.KEPT): "id live_event_id key text state held merged_into first_at decided_at",
        (_S, Rule.KEPT): "decided_by",
    },
    "cloud_entries": {
        (_F, Rule.KEPT): "live_event_id word_id place text send_id sent_at",
        (_L, Rule.KEPT): "guest_id",
    },
    "staff_phone_reports": {(_F, Rule.KEPT): "phone_id waiting oldest_at offset_ms told_at"},
    "scans": {
        (_F, Rule.KEPT): "id festival_id phone_id nonce action kind live_event_id skills target_group heads of_nonce "
        "typed offline device_at offset_ms occurred_at received_at result counts undone_at conflict resolved_how "
        "resolved_at",
        (_L, Rule.KEPT): "card guest_id",
        (_S, Rule.KEPT): "resolved_by reason",
    },
    "presences": {
        (_F, Rule.KEPT): "id festival_id kind live_event_id skill support generation since_at",
        (_L, Rule.KEPT): "source guest_id",
    },
    "skill_quizzes": {
        (_F, Rule.KEPT): "id public_id festival_id skill questions score passed started_at finished_at",
        (_L, Rule.KEPT): "guest_id answers",
    },
    "draws": {
        (_F, Rule.KEPT): "id public_id festival_id live_event_id title state listed rule prizes pool_count pool_hash "
        "frozen_at source announced_at typed digits digits_at closed_at stage version created_at updated_at",
        (_L, Rule.KEPT): "excluded salt",
        (_S, Rule.KEPT): "witnesses frozen_by typed_by digits_by created_by",
    },
    "draw_tickets": {(_F, Rule.KEPT): "draw_id ticket", (_L, Rule.KEPT): "guest_id person"},
    "draw_winners": {
        (_F, Rule.KEPT): "draw_id position prize ticket state drawn_at settled_at reason note claimed_at claimed_how",
        (_L, Rule.KEPT): "guest_id",
        (_S, Rule.KEPT): "claimed_by",
    },
    "draw_log": {(_F, Rule.KEPT): "draw_id seq at kind body prev_hash hash"},
}

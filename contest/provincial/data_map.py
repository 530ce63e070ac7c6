"""The data map: for every column of every table what it is and how long it stays.

A column that is not here fails the tests, so nobody adds personal data without a rule. Never deletes: `retention` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from contest.provincial.data_kinds import Columns, Kind, Rule
from contest.provincial.data_map_festival import FESTIVAL
from contest.provincial.data_map_statistics import STATISTICS
from contest.provincial.data_map_teams import TEAMS

__all__ = ["Kind", "Place", "Rule", "places", "under"]


@dataclass(frozen=True, slots=True)
class Place:
    """One column."""

    table: str
    column: str
    kind: Kind
    rule: Rule


_F, _S, _L, _P, _X = Kind.FACT, Kind.STAFF, Kind.LINK, Kind.PERSONAL, Kind.SECRET

_MAP: Columns = {
    "alembic_version": {(_F, Rule.KEPT): "version_num"},
    "installation": {(_F, Rule.KEPT): "key value"},
    "units": {
        (_F, Rule.KEPT): "code province_code type name short_name fold old_province merged_from sort_key",
    },
    "accounts": {
        (_F, Rule.KEPT): "id role active created_at",
        (_S, Rule.OFFICE): "name name_key",
        (_X, Rule.OFFICE): "password_hash",
    },
    "staff_sessions": {
        (_X, Rule.SESSION): "token_hash",
        (_S, Rule.SESSION): "account_id created_at seen_at expires_at",
    },
    "api_tokens": {
        (_F, Rule.KEPT): "id role created_at revoked_at",
        (_S, Rule.OFFICE): "name",
        (_X, Rule.OFFICE): "token_hash",
    },
    "audit_log": {(_S, Rule.OFFICE): "id at actor action subject detail"},
    "quizzes": {
        (_F, Rule.KEPT): "id title title_fold is_bank version archived_at created_at updated_at",
        (_S, Rule.KEPT): "owner_id",
    },
    "questions": {(_F, Rule.KEPT): "id quiz_id position type category difficulty search body"},
    "rounds": {
        (
            _F,
            Rule.KEPT,
        ): "id code code_active quiz_id title settings questions state version phase accepting deadline_ms "
        "locked rehearsal seat_count people_version created_at started_at finished_at hall_id",
        (_S, Rule.KEPT): "created_by",
        (_X, Rule.KEPT): "stage_token_hash",
    },
    "seats": {
        (_F, Rule.KEPT): "round_id seat points correct time_ms streak kicked name_hidden people_version lang joined_at "
        "team out_at base_points base_correct base_time_ms",
        (_X, Rule.LIVE): "ticket_hash",
        (_L, Rule.LIVE): "person",
        (_P, Rule.LIVE): "name name_key unit target_group",
    },
    "halls": {(_F, Rule.KEPT): "id title created_at", (_S, Rule.KEPT): "created_by"},
    "rescues": {(_F, Rule.KEPT): "round_id question seat at"},
    "round_words": {(_F, Rule.KEPT): "round_id question word_key shown at", (_S, Rule.KEPT): "decided_by"},
    "answers": {
        (_L, Rule.LIVE): "round_id question seat choice answer_id accepted_at elapsed_ms credit_ms fair_ms evidence "
        "verdict points",
    },
    "contests": {
        (
            _F,
            Rule.KEPT,
        ): "id slug title title_fold state draft draft_version rules_version created_at updated_at archived_at",
        (_S, Rule.KEPT): "created_by",
    },
    "contest_versions": {
        (_F, Rule.KEPT): "contest_id version rules digest reason created_at",
        (_S, Rule.KEPT): "created_by",
    },
    "contest_questions": {(_F, Rule.KEPT): "id contest_id pool number revision body reason created_at"},
    "contest_papers": {(_F, Rule.KEPT): "contest_id pool number questions"},
    "contest_rounds": {(_F, Rule.KEPT): "contest_id key key_published_at", (_S, Rule.KEPT): "key_published_by"},
    "contest_units": {(_F, Rule.KEPT): "contest_id code name fold commune sort_key"},
    "contest_denominators": {
        (_F, Rule.KEPT): "contest_id version code value source recorded_at",
        (_S, Rule.KEPT): "recorded_by",
    },
    "contest_exclusions": {
        (_F, Rule.KEPT): "id contest_id added_at",
        (_S, Rule.KEPT): "added_by",
        (_L, Rule.EXCLUSION): "phone_hash id_hash reason",
    },
    "participants": {
        (_F, Rule.KEPT): "id lang created_at updated_at withdrawn_at erased_at",
        (_L, Rule.KEPT): "public_id",
        (_L, Rule.PERSON): "phone_hash person_key id_hash subject_hash",
        (_X, Rule.PERSON): "code_hash",
        (_P, Rule.PERSON): "full_name name_fold sort_name birth_date sex phone_enc phone_confirmed_at id_enc email_enc "
        "address_enc commune target_group sub_group guardian_name guardian_phone_enc guardian_confirmed_at",
    },
    "consents": {(_L, Rule.CONSENT): "id participant_id contest_id purpose granted by_guardian text channel at"},
    "entries": {
        (
            _F,
            Rule.KEPT,
        ): "id contest_id state phone_slot commune target_group unit_code age_band minor channel created_at void_at",
        (_S, Rule.KEPT): "voided_by",
        (_L, Rule.KEPT): "participant_id public_id",
        (_L, Rule.TRACE): "phone_hash id_hash",
        (_P, Rule.PERSON): "unit_other fields",
        (_P, Rule.KEPT): "void_reason",
    },
    "entrant_sessions": {
        (_X, Rule.SESSION): "token_hash",
        (_L, Rule.SESSION): "participant_id created_at seen_at expires_at",
    },
    "phone_codes": {
        (_L, Rule.CODE): "id phone_hash tries created_at expires_at used_at",
        (_X, Rule.CODE): "code_hash",
    },
    "attempts": {
        (_F, Rule.KEPT): "id contest_id ordinal round_key day rules_version state paper started_at deadline_at "
        "submitted_at by_server duration_ms answered correct of score answers_digest void_at",
        (_S, Rule.KEPT): "voided_by",
        (_L, Rule.KEPT): "public_id entry_id prediction",
        (_L, Rule.TRACE): "device_hash address_hash",
        (_X, Rule.KEPT): "ticket_hash",
        (_P, Rule.KEPT): "void_reason",
    },
    "attempt_answers": {(_L, Rule.KEPT): "attempt_id position choice seq first_at saved_at saves"},
    "contest_log": {(_F, Rule.KEPT): "contest_id seq at kind body prev_hash hash"},
    "contest_log_heads": {(_F, Rule.KEPT): "contest_id day seq hash published_at"},
    "contest_results": {
        (_F, Rule.KEPT): "contest_id key state revision rules_version digest recount_digest document computed_at "
        "verified_at publish_first_at published_at complaints_until final_at",
        (_S, Rule.KEPT): "verified_by publish_first_by published_by",
    },
    "contest_result_revisions": {
        (_F, Rule.KEPT): "contest_id key revision state rules_version digest document published_at superseded_at cause",
        (_S, Rule.KEPT): "verified_by publish_first_by published_by superseded_by",
    },
    "contest_awards": {
        (
            _F,
            Rule.KEPT,
        ): "id contest_id result_key audience prize place unit_code value_vnd state certificate awarded_at "
        "revoked_at revoke_reason",
        (_S, Rule.KEPT): "awarded_by revoked_by",
        (_L, Rule.KEPT): "entry_id",
    },
    "tie_decisions": {
        (_F, Rule.KEPT): "id contest_id ranking audience kind reason evidence decided_at",
        (_S, Rule.KEPT): "signer decided_by",
        (_L, Rule.KEPT): "order",
    },
    "struck_units": {(_F, Rule.KEPT): "contest_id code reason struck_at", (_S, Rule.KEPT): "struck_by"},
    "contest_letterheads": {
        (_F, Rule.KEPT): "contest_id updated_at",
        (_S, Rule.KEPT): "letterhead updated_by",
    },
    "complaints": {
        (_F, Rule.KEPT): "id public_id contest_id result_key state late received_at decided_at",
        (_S, Rule.KEPT): "received_by decided_by",
        (_L, Rule.KEPT): "entry_id about_entry_id",
        (_P, Rule.COMPLAINT): "text evidence decision effect",
    },
    "review_cases": {
        (_F, Rule.TRACE): "id contest_id signal state found_at decided_at",
        (_S, Rule.TRACE): "decided_by",
        (_L, Rule.TRACE): "subject detail note",
    },
    "contest_turnout": {(_F, Rule.KEPT): "contest_id day kind code people attempts taken_at"},
    **FESTIVAL,
    **STATISTICS,
    **TEAMS,
    "data_requests": {
        (_F, Rule.KEPT): "id kind state opened_at due_at done_at",
        (_S, Rule.KEPT): "done_by",
        (_L, Rule.KEPT): "participant_id",
        (_P, Rule.REQUEST): "detail",
    },
}


def places() -> Iterator[Place]:
    """Every column of the map."""
    for table, groups in _MAP.items():
        for (kind, rule), names in groups.items():
            for name in names.split():
                yield Place(table, name, kind, rule)


def under(rule: Rule) -> dict[str, tuple[str, ...]]:
    """The columns of a rule by table."""
    found: dict[str, tuple[str, ...]] = {}
    for place in places():
        if place.rule is rule:
            found[place.table] = (*found.get(place.table, ()), place.column)
    return found

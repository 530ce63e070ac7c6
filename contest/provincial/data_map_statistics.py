"""The data map of the movement's statistics: people are pseudonymous numbers."""

from contest.provincial.data_kinds import Columns, Kind, Rule

_F, _S, _L, _P, _X = Kind.FACT, Kind.STAFF, Kind.LINK, Kind.PERSONAL, Kind.SECRET

STATISTICS: Columns = {
    "participation_facts": {
        (_F, Rule.KEPT): "id xid kind source occurred_at day recorded_at headcount commune village_id target_group "
        "sub_group unit_code age_band skills passed score channel festival_id live_event_id round_id contest_id "
        "team_id release_at voids",
        (_S, Rule.KEPT): "recorded_by reason",
        (_L, Rule.KEPT): "person same_as",
    },
    "fact_stream": {(_F, Rule.KEPT): "seq fact_id streamed_at"},
    "facts_held": {(_F, Rule.KEPT): "fact_id release_at"},
    "rollups": {(_F, Rule.KEPT): "generation period place facet facts visits people anonymous"},
    "rollup_state": {
        (_F, Rule.KEPT): "id version xid fact_id seq generation definition next_generation next_definition "
        "next_person next_seq next_until paused_until updated_at"
    },
    "counted_people": {(_L, Rule.KEPT): "person root"},
    "campaigns": {(_F, Rule.KEPT): "id name first_day last_day created_at", (_S, Rule.KEPT): "created_by"},
    "feed_relays": {(_F, Rule.KEPT): "name seq lease_owner lease_until updated_at"},
    "feed_subscriptions": {
        (_F, Rule.KEPT): "id name url types batch private active paused_at pause_reason seq tries dead_in_a_row "
        "next_try_at lease_owner lease_until delivered last_ok_at last_failed_at last_result created_at",
        (_X, Rule.KEPT): "secret_enc",
        (_S, Rule.KEPT): "created_by",
    },
    "feed_dead_letters": {
        (_F, Rule.KEPT): "id subscription_id first_seq last_seq events tries result state dead_at settled_at",
        (_S, Rule.KEPT): "settled_by",
    },
    "villages": {(_F, Rule.KEPT): "id commune name fold sort_key archived_at"},
    "indicators": {
        (_F, Rule.KEPT): "id key wording_vi wording_en unit population source_kind measure position archived "
        "created_at replaced_at",
        (_S, Rule.KEPT): "created_by replaced_by",
    },
    "movement_targets": {
        (_F, Rule.KEPT): "id indicator place is_rate value start_day deadline_day document wording created_at "
        "replaced_at",
        (_S, Rule.KEPT): "created_by replaced_by",
    },
    "denominators": {
        (_F, Rule.KEPT): "id place population value as_of_day source created_at replaced_at",
        (_S, Rule.KEPT): "created_by replaced_by",
    },
    "external_figures": {
        (_F, Rule.KEPT): "id indicator place first_day day count rate_bp source note created_at replaced_at",
        (_S, Rule.KEPT): "officer created_by replaced_by",
    },
    "report_snapshots": {
        (_F, Rule.KEPT): "id kind day version cut_at taken_at seq sha256",
        # Reported figures name the officers who answer for them.
        (_S, Rule.KEPT): "document made_by",
    },
}

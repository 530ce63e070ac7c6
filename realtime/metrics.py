"""The counters and gauges of a players' process, for Prometheus.

Never labels anything with a person, an address or a room code. With several processes the environment variable
PROMETHEUS_MULTIPROC_DIR must be set before this module is first imported; the admin server then serves the sum.
"""

from prometheus_client import Counter, Gauge, Histogram

ANSWERS = Counter("hoithi_answers", "Receipts sent, by status.", ["status"])
JOINS = Counter("hoithi_joins", "Seats asked for, by outcome.", ["outcome"])
RESUMES = Counter("hoithi_resumes", "Seats taken again, by outcome.", ["outcome"])
CUTS = Counter("hoithi_sockets_cut", "Phone sockets closed by this side, by close code.", ["code"])
SHED = Counter("hoithi_shed", "What was not let in, by reason.", ["reason"])
STATEMENTS = Counter("hoithi_sql_statements", "Statements sent to SQL but for answers on SQLite.")
SOCKETS = Gauge("hoithi_sockets", "Phone sockets open.", multiprocess_mode="livesum")
ROOMS = Gauge("hoithi_rooms", "Live rounds held in memory.", multiprocess_mode="livemax")
QUEUED = Gauge("hoithi_answers_queued", "Answers waiting for their commit.", multiprocess_mode="livesum")
LAG = Gauge("hoithi_loop_lag_seconds", "Longest delay of the process's loop lately.", multiprocess_mode="livemax")
COMMIT = Histogram(
    "hoithi_commit_seconds",
    "Time of one group commit of answers.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
FANOUT = Histogram(
    "hoithi_fanout_seconds",
    "Time to hand one picture to every phone of a room.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)
FANOUT_CPU = Counter("hoithi_fanout_cpu_seconds", "Processor time of handing pictures to phones, by phase.", ["phase"])
FANOUT_PICTURES = Counter("hoithi_fanout_pictures", "Pictures handed to phones, by phase.", ["phase"])

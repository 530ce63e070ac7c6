"""The limits of an imported file, kept apart so that the sandbox child imports nothing heavy.

Never decides what happens when one is passed: the readers and the sandbox do.
"""

MAX_FILE_BYTES = 5_000_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_RATIO = 100
RATIO_FREE_BYTES = 262_144
"""Entries smaller than this when unpacked may have any ratio: empty styled sheets pack well and harm nobody."""
MAX_ENTRIES = 2_000
MAX_ROWS = 2_000
MAX_LINES = 50_000
"""Lines of a text file: a hundred for each question."""
MAX_COLUMNS = 64
"""Columns looked at."""
MAX_SHEET_COLUMNS = 1_024
"""A sheet that is wider is refused: nobody's quiz is."""
MAX_GRID_CELLS = 2_000_000
MAX_CELL_CHARS = 4_000
MAX_SHEET_CHARS = 8_000_000
MAX_SHEETS = 8
MAX_IMPORTED = 500

MAX_MEMORY_BYTES = 512 * 1024 * 1024
MAX_CPU_SECONDS = 2
MAX_WALL_SECONDS = 1.7
"""With starting and reaping the child, a bomb has its refusal within two seconds."""

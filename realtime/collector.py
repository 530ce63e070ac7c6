"""The cycle collector of a process that lives long: told to look rarely.

Never collects by itself after that.
"""

import gc


def tune_collector() -> None:
    """Call it when everything is imported and before the first work.

    Phones, rows and answers are many and hold few cycles; a walk over all of them in a question makes every answer
    wait, and took a sixth of the closing of one. The middle generation is walked often, so that each walk is short:
    with 400,000 objects in it one took most of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 5, 80)

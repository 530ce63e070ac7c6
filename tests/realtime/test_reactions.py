from realtime.reactions import Hearing


def test_what_was_before_the_stage_came_is_nobodys_news() -> None:
    hearing = Hearing()
    assert hearing.fresh([{"clap": 5}]) == {}
    assert hearing.fresh([{"clap": 7}, {"heart": 1}]) == {"clap": 2, "heart": 1}


def test_a_beat_heard_twice_and_a_process_that_died_add_nothing() -> None:
    hearing = Hearing()
    hearing.fresh([{"clap": 1}, {"clap": 4}])
    assert hearing.fresh([{"clap": 1}, {"clap": 4}]) == {}
    assert hearing.fresh([{"clap": 1}]) == {}
    assert hearing.fresh([{"clap": 3}]) == {"clap": 2}

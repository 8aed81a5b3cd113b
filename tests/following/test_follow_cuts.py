"""What a cut does to those who are followed, and one that was none."""

from stream_engine.following.follow import PARKED
from tests.following.bright import ANNA, BERT, CARL, DORA, HEIGHT, RUNS, WIDTH, Person, Watch, looked, near, unlooked


def test_after_a_cut_nobody_from_before_is_told() -> None:
    watch = Watch()
    watch.sees(0, ANNA, BERT)
    assert watch(unlooked(1, cut=True), CARL) == {}
    assert watch(unlooked(2), CARL) == {}


def test_after_a_cut_that_was_none_everybody_has_his_id_and_his_name_again() -> None:
    watch = Watch()
    watch.prompt("the keeper", box_px=CARL.at())
    watch.sees(0, ANNA, BERT, CARL)
    before = watch.sees(1, ANNA, BERT, CARL)
    assert watch(looked(2, cut=True)) == {}
    after = watch.sees(3, ANNA, BERT, CARL)
    assert {number: told.name for number, told in after.items()} == {n: told.name for n, told in before.items()}
    assert "the keeper" in {told.name for told in after.values()}
    assert watch.follow.counts["cuts that were none"] == 1


def test_a_flash_that_looks_like_two_cuts_is_none() -> None:
    watch, flash = Watch(), Person(255, left=0, top=0, size=(WIDTH, HEIGHT))
    watch.sees(0, ANNA, BERT)
    watch(looked(1, CARL, cut=True), flash)
    assert list(watch.sees(2, ANNA, BERT, cut=True)) == [1, 2]


def test_who_began_after_a_cut_that_was_none_ends_with_it() -> None:
    watch = Watch(max_objects=3)
    watch.sees(0, ANNA, BERT)
    assert list(watch.sees(1, CARL, cut=True)) == [3]
    assert list(watch.sees(2, ANNA, BERT)) == [1, 2]
    assert list(watch.sees(3, ANNA, BERT, CARL)) == [1, 2, 4]


def test_on_a_cut_that_was_none_who_runs_runs_on() -> None:
    watch, fast = Watch(), Person(60, left=10, going=(14, 0))
    for seq in range(10):
        watch.sees(seq, fast)
    assert list(watch.sees(10, fast, cut=True)) == [1]


def test_over_a_cut_only_what_is_for_long_is_remembered() -> None:
    watch = Watch()
    for seq in range(12):
        watch.sees(seq, ANNA)
    assert watch.net.remembered[-1][0] > 2
    watch(looked(12, cut=True))
    watch.sees(13, ANNA)
    assert watch.net.remembered[-1] == [1]


def test_after_a_cut_that_was_none_who_ran_is_found_where_he_is_by_then() -> None:
    watch = Watch()
    for seq in range(10):
        watch.sees(seq, RUNS)
    watch(looked(10, cut=True))
    for seq in range(11, 15):
        watch(unlooked(seq))
    assert near(watch.sees(15, RUNS)[1], RUNS.at(15))


def test_a_real_cut_begins_new_ids_and_frees_the_memory_of_the_old() -> None:
    watch = Watch(max_objects=4)
    watch.sees(0, ANNA, BERT)
    assert list(watch.sees(1, CARL, DORA, cut=True)) == [3, 4]
    watch.sees(1 + PARKED, CARL, DORA)
    assert watch.follow.counts["ended"] == 0, "until then they might have come back"
    assert list(watch.sees(2 + PARKED, CARL, DORA)) == [3, 4]
    assert watch.follow.counts["ended"] == 2
    assert list(watch.sees(3 + PARKED, ANNA, BERT, CARL, DORA)) == [3, 4, 5, 6]


def test_too_few_of_those_before_a_cut_make_it_a_real_one() -> None:
    watch = Watch()
    watch.sees(0, ANNA, BERT, CARL)
    assert list(watch.sees(1, ANNA, DORA, cut=True)) == [4, 5]


def test_a_cut_away_from_nobody_leaves_room_for_those_who_come_after_it() -> None:
    watch = Watch()
    watch.sees(0)
    watch.sees(1, ANNA, BERT, cut=True)
    watch(looked(2, cut=True))
    assert list(watch.sees(3, ANNA, BERT)) == [1, 2]


def test_on_a_cut_nothing_is_remembered_but_what_is_pointed_at() -> None:
    watch = Watch()
    watch.sees(0, ANNA)
    watch.sees(1, ANNA, cut=True)
    assert (watch.follow.counts["prompted"], watch.follow.counts["on a cut"]) == (1, 1)
    watch.sees(2, DORA, cut=True)
    assert (watch.follow.counts["prompted"], watch.follow.counts["on a cut"]) == (2, 1)

"""Records come out in the order of time, those of one time in the order of lines, however little memory there is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from jiankao_collector.recordings.ordering import Timed, TimeOrder


@given(
    st.lists(st.tuples(st.integers(1, 50), st.binary(max_size=40)), max_size=200),
    st.sampled_from([1, 300, 2000, 1 << 20]),
)
@settings(max_examples=60, deadline=None)
def test_everything_comes_out_in_order(records: list[tuple[int, bytes]], piece_bytes: int) -> None:
    given_in = [Timed(at, line, content) for line, (at, content) in enumerate(records[:60])]
    with TimeOrder(piece_bytes) as order:
        for record in given_in:
            order.add(record)
        assert list(order.sorted()) == sorted(given_in, key=lambda r: (r.at_us, r.line))

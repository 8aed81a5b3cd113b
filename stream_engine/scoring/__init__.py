"""How good the events are: truth, matching, and the measures of the field."""


class ScoreError(Exception):
    """Truth, events or results that cannot be scored: what, where, and what to do."""

"""How teams and roles are decided; frames are those that come to the tagger."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """Searched on rendered matches that nobody is judged by; ratios, so that they hold for any embedding."""

    # who is looked at
    least_px: float = 24.0  # height of a box
    clear: float = 0.25  # share of it that others may cover
    stout: float = 0.9  # width of it to its height; whoever lies or falls shows no shirt where one is looked for
    again: int = 3  # frames until another look at somebody who is not decided
    stale: int = 8  # and at somebody who is
    fewest_looks: int = 3  # before their mean says what somebody wears
    mistaken: int = 3  # looks in a row at something else, and a number is on somebody else
    clearly: float = 1.0  # log-odds of a look that shows a team's kit, in whatever light
    # the warm-up
    fewest_people: int = 8
    first_looks: int = 5  # of each of them
    fewest_in_team: int = 3
    least_share: float = 0.25  # of those who were looked at, in the smaller team
    apart: float = 0.0  # between the teams: what is nearer may be one in more or less light
    margin: float = 3.6  # between the teams, to the spread of people within
    most_fitted: int = 60  # people, those who were looked at last
    try_every: int = 15  # frames
    refit_every: int = 300  # frames, when the teams are known
    refit_share: float = 0.3  # how far towards a fresh fit the teams move
    drift: float = 0.002  # how far towards each sure look
    # one person's team
    most_of_a_look: float = 3.0  # log-odds
    decided: float = 2.0
    most: float = 5.0
    # other kits than those of the teams
    near: float = 2.5  # spreads from a kit: whoever is farther wears another
    most_kits: int = 8
    # roles
    memory: int = 100  # votes after which one counts a third
    by_looks: float = 0.5  # weight of what appearance says
    in_kit: float = 0.95  # how likely somebody in a team's kit is a player
    role_margin: float = 0.5  # by how much another role has to be likelier
    # goalkeepers
    sides_every: int = 10  # frames
    sides_decided: float = 2.0
    most_people: int = 400  # of a stream; those unseen for longest are forgotten

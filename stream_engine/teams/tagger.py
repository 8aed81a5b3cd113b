"""One stream's tagger: frame by frame, whose kits are looked at, which team and role everybody has, what changed."""

from collections import Counter
from typing import Any

import numpy as np
from msgspec.structs import replace

from stream_engine.messages import UNKNOWN_TEAM, Change, ChangeKind, Track, Tracks
from stream_engine.teams.fitting import fit
from stream_engine.teams.frame import GOALKEEPER, PLACES, PLAYER, Frame, Whole
from stream_engine.teams.keepers import beside_rivals, side, stands
from stream_engine.teams.kits import Kits
from stream_engine.teams.names import AS_DECLARED, WITHOUT, Declared, names_of, nearest
from stream_engine.teams.people import People
from stream_engine.teams.person import Floats, Person, sure_of
from stream_engine.teams.roles import judged
from stream_engine.teams.settings import TeamSettings
from stream_engine.teams.state import belongs, person_of, read, restore, state_of
from stream_engine.teams.turn import Tag, Told, Turn
from stream_engine.tracking.appearance import NET_ROLES, units

IN_TEAMS = ("player", "goalkeeper")
MOST_SIDE, MOST_PLACE = 6.0, 0.8  # evidence for a goalkeeper's team, and for goalkeepers, that is ever held
HOLDS = 0.5  # of the evidence that decides: what was told holds while there is as much
PATIENCE = 1800  # frames after which teams that are not clearly those that were declared are called A and B


class Tagger:
    """A frame is begun, kits are looked at as it wants, and it is finished."""

    def __init__(
        self,
        settings: TeamSettings | None = None,
        declared: Declared | None = None,
        size: int = 0,
        net: str = "",
        mark: str | None = None,
    ) -> None:
        self._settings, self._declared = settings or TeamSettings(), declared
        self._size, self._net = size, net  # of the vectors, 0: any, and what they are of
        self._mark = mark  # of what was declared, whether or not it can still be read
        self.kits = Kits(self._settings)
        self.names: tuple[str, str] | None = None
        self.people = People(self._settings.most_people)
        self.counts: Counter[str] = Counter()
        self._now = 0
        self._named = 0  # when two teams that could not be named were found first
        self._keeps = np.float32(np.exp(-1 / self._settings.memory))

    # --- a frame is begun -------------------------------------------------------------------------

    def begin(self, job: Tracks) -> Turn:
        """Who is in it, and who is to be looked at."""
        self._now += 1
        for change in job.changes:
            self.people.follow(change, self._now)
        frame = Frame.of((job.frame.width, job.frame.height), job.items)
        people = self.people.seen([track.track_id or 0 for track in frame.tracks], self._now)
        return Turn(job, frame, people, self._wanted(frame, people))

    def _wanted(self, frame: Frame, people: list[Person]) -> Whole:
        s = self._settings
        rows = []
        for row in frame.clear(s).tolist():
            person = people[row]
            settled = person.team not in (None, UNKNOWN_TEAM) or person.kit >= 0 or abs(person.odds) >= s.decided
            waited = self._now - person.looked
            if person.seen == self._now and waited >= (s.stale if settled and not person.contrary else s.again):
                rows.append((settled, -waited, row))
        return np.array([row for *_, row in sorted(rows)], np.int64)

    # --- a frame is finished ----------------------------------------------------------------------

    def finish(
        self, turn: Turn, looked: Whole | None = None, vectors: Floats | None = None, colours: Floats | None = None
    ) -> Told:
        """What is told of it, with looks at some kits and, where kits were declared, the shares of their colours."""
        for person, track in zip(turn.people, turn.frame.tracks, strict=True):
            if track.fresh:
                person.vote(PLACES[track.role], float(self._keeps))
        for row in turn.tried.tolist():
            turn.people[row].looked = self._now
        if looked is not None and vectors is not None and len(looked):
            self._look([turn.people[row] for row in looked.tolist()], units(vectors), colours)
        if self._now % (self._settings.refit_every if self.kits.known else self._settings.try_every) == 0:
            self._fit()
        if self.kits.known and self._now % self._settings.sides_every == 0:
            self._take_sides(turn)
        tags = [Tag(item.role, None if item.role not in IN_TEAMS else UNKNOWN_TEAM) for item in turn.job.items]
        for place, person, track in zip(turn.frame.places.tolist(), turn.people, turn.frame.tracks, strict=True):
            tags[place] = self._told(turn, person, track)
        return Told(tuple(tags), tuple(turn.changes))

    def _look(self, people: list[Person], vectors: Floats, colours: Floats | None) -> None:
        """Another look at each of these."""
        real = np.flatnonzero(vectors.any(axis=1))
        self.counts["kits that could not be told"] += len(vectors) - len(real)
        odds, away = self.kits.odds(vectors[real]) if self.kits.known else (np.zeros(len(real)), np.zeros(len(real)))
        for row, said, far in zip(real.tolist(), odds.tolist(), away.tolist(), strict=True):
            person, vector = people[row], vectors[row]
            if self._is_strange(person, vector, said):
                person.begin_anew()
                self.counts["people taken for somebody else"] += 1
            person.look(vector, None if colours is None else colours[row], self._now)
            if self.kits.known:
                self._weigh(person, vector, said, far)

    def _is_strange(self, person: Person, vector: Floats, odds: float) -> bool:
        """Whether a number is on somebody else: several looks in a row show what its person does not wear.

        Nor any of the person's team: it was the light, if they do.
        """
        s = self._settings
        if not self.kits.known or person.mean is None or person.meant < s.fewest_looks:
            return False
        far = self.kits.far(float(np.linalg.norm(vector - person.mean)))
        strange = far and (abs(odds) < s.clearly or odds * person.odds < 0)
        person.strange = person.strange + 1 if strange else 0
        return person.strange >= s.mistaken

    def _weigh(self, person: Person, vector: Floats, odds: float, away: float) -> None:
        """What a look says when the teams are known."""
        s, before = self._settings, person.odds
        person.contrary = person.strange > 0 or before * odds < 0
        person.odds = float(np.clip(before + odds, -s.most, s.most))
        person.team_evidence = 1 if before * person.odds < 0 else person.team_evidence + 1
        sure = abs(person.odds) >= s.most and abs(odds) >= s.most_of_a_look and not self.kits.far(away)
        if sure and person.role == PLAYER:
            self.kits.drift(int(odds > 0), vector)
        self._dress(person)

    def _dress(self, person: Person) -> None:
        """Whether somebody wears a kit that is no team's, and what they are taken for in it."""
        if person.mean is None or person.meant < self._settings.fewest_looks:
            return
        _, away = self.kits.odds(person.mean[None])
        person.close = max(self.kits.close(float(away[0])), 0.0)
        person.kit = self.kits.worn(person.mean, person.colours) if self.kits.other(float(away[0])) else -1
        if self.kits.replaced >= 0 and person.kit >= 0:
            for other in self.people.values():
                other.kit = -1 if other.kit == self.kits.replaced and other is not person else other.kit
        if person.kit >= 0:
            self.kits.vote(person.kit, int(person.likely(None, 0).argmax()))

    # --- the teams --------------------------------------------------------------------------------

    def _fit(self) -> None:
        """The teams for the first time, or again."""
        s, since = self._settings, self._now - 2 * self._settings.refit_every
        players = [
            person
            for person in self.people.values()
            if person.mean is not None
            and person.meant >= s.first_looks
            and person.looked > since
            and self._plays(person)
        ]
        players = sorted(players, key=lambda person: -person.looked)[: s.most_fitted]
        if len(players) < s.fewest_people:
            return
        means = np.stack([person.mean for person in players if person.mean is not None])
        found = fit(means, s)
        if self.kits.known:
            self.kits.refitted(found)
            if not self.kits.known:
                self._forget_teams()
        elif found and (names := self._names(players, means, found.teams)):
            self.names = names
            self.kits.found(found, float(np.median([person.scatter for person in players])))
            self.counts["teams found"] += 1
            for person in self.people.values():
                self._first_odds(person)

    def _forget_teams(self) -> None:
        """Nobody wears what the teams wore."""
        self.names, self._named = None, 0
        self.counts["teams forgotten"] += 1
        for person in self.people.values():
            person.forget_team()

    def _plays(self, person: Person) -> bool:
        """Whether somebody whose kit was looked at is taken for a player."""
        return person.mean is not None and int(person.likely(None, 0).argmax()) == PLAYER

    def _names(self, players: list[Person], means: Floats, teams: Floats) -> tuple[str, str] | None:
        """What the teams are called; None while they could be either, and there is time."""
        if self._declared is None:
            return WITHOUT
        own = np.square(means[:, None] - teams).sum(axis=2).argmin(axis=1)
        shown = np.stack([person.colours for person in players if person.colours is not None])
        found = shown[own == 0].mean(axis=0), shown[own == 1].mean(axis=0)
        self._named = self._named or self._now
        return names_of(found, self._declared, self._now - self._named < PATIENCE)

    def _first_odds(self, person: Person) -> None:
        """Of the looks from before the teams were known."""
        if person.mean is not None:
            odds, away = self.kits.odds(person.mean[None])
            if not self.kits.other(float(away[0])):
                most, looks = self._settings.most, min(person.meant, self._settings.fewest_looks)
                person.odds = float(np.clip(odds[0] * looks / 2, -most, most))
                person.team_evidence = person.meant
            self._dress(person)

    def _take_sides(self, turn: Turn) -> None:
        """Whose the goalkeepers are, by where the players stand."""
        feet = np.stack((turn.frame.boxes[:, [0, 2]].mean(axis=1), turn.frame.boxes[:, 3]), axis=1)
        tall = float(np.median(turn.frame.boxes[:, 3] - turn.frame.boxes[:, 1])) if len(feet) else 0.0
        teams = np.array([self._team(person) for person in turn.people], np.int64)
        players = np.array([person.role == PLAYER for person in turn.people], np.bool_) & (teams >= 0)
        for row, person in enumerate(turn.people):
            if person.kit < 0:
                continue
            stood = person.place + stands(feet[row], feet[players])
            person.place = float(np.clip(stood, -MOST_PLACE, MOST_PLACE))
            if person.role == GOALKEEPER:
                kit = self.kits.others[person.kit]
                stood = kit.side + side(feet[row], feet[players], teams[players], tall)
                kit.side = float(np.clip(stood, -MOST_SIDE, MOST_SIDE))

    def _player(self, person: Person) -> tuple[int, float]:
        """A player's team, -1 while nobody can say, and how sure that is: what holds may be doubtful by now."""
        team = self._team(person)
        return team, sure_of(person.odds if team else -person.odds)

    def _team(self, person: Person) -> int:
        """0 or 1; -1 where it is not decided. What was decided holds until the other is."""
        if abs(person.odds) < self._settings.decided:
            return self._last(person)
        return int(person.odds > 0)

    def _last(self, person: Person) -> int:
        """The team that was told last."""
        return (
            -1
            if person.team is None or person.team == UNKNOWN_TEAM or not self.names
            else self.names.index(person.team)
        )

    def _keeper(self, person: Person) -> tuple[int, float]:
        """A goalkeeper's team, -1 while nobody can say, and how sure that is."""
        if person.kit < 0 or not self.names:
            return -1, 0.0
        worn = self.kits.others[person.kit].colours
        if self._declared and self._declared.keepers is not None and worn is not None and self.names != WITHOUT:
            by_colours = nearest(worn, self._declared.keepers)
            if by_colours is not None:
                whose, sure = by_colours
                return self.names.index(AS_DECLARED[whose]), sure
        evidence = beside_rivals(person.kit, self.kits.others)
        said = int(evidence > 0)
        least = self._settings.sides_decided * (HOLDS if self._last(person) == said else 1.0)
        return said if abs(evidence) >= least else -1, sure_of(2 * abs(evidence))

    # --- from one process to the next -------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What a successor has to know, in numbers, bytes and text."""
        return state_of(self.kits, self.names, self.people, self._net, self._mark)

    def resume(self, given: Any, fresh: bool) -> str:
        """Go on where another ended, if that was not too long ago; ValueError if it cannot be what another left."""
        if not fresh:
            return ""
        state, kits = read(given), Kits(self._settings)
        belongs(state, self._net, self._size, self._mark)
        cells = self._declared.shirts.shape[1] if self._declared else 0
        restore(kits, state, self._settings, cells)
        self.kits, self.names = kits, state.names
        self.people.clear()
        self.people.update({track_id: person_of(one) for track_id, one in state.people.items()})
        return ""

    # --- it is told -------------------------------------------------------------------------------

    def _told(self, turn: Turn, person: Person, track: Track) -> Tag:
        """What is told of somebody; whoever has changed is told of once."""
        role, sure = judged(person, track.chances, self.kits, self._settings)
        before, person.role = person.role, role
        if 0 <= before != role:
            self._say(turn, "role_changed", track, f"was {NET_ROLES[before]}", role=NET_ROLES[role])
        team, confidence, evidence = self._team_of(person)
        if team not in (None, UNKNOWN_TEAM, person.team):
            was = f"was {person.team}" if person.team not in (None, UNKNOWN_TEAM) else ""
            self._say(turn, "team_decided", track, was, team=team)
        person.team = team
        return Tag(
            NET_ROLES[role], team, round(confidence, 3), evidence, round(sure, 3), round(float(person.votes.sum()))
        )

    def _team_of(self, person: Person) -> tuple[str | None, float, int]:
        """The name of a team, how sure that is, and how many looks say so."""
        if NET_ROLES[person.role] not in IN_TEAMS:
            return None, 0.0, 0
        if not self.names:
            return UNKNOWN_TEAM, 0.0, person.looks
        keeps = person.role == GOALKEEPER
        team, confidence = self._keeper(person) if keeps else self._player(person)
        looks = person.looks if keeps else person.team_evidence
        return (UNKNOWN_TEAM, 0.0, looks) if team < 0 else (self.names[team], confidence, looks)

    def _say(self, turn: Turn, kind: ChangeKind, track: Track, detail: str, **what: Any) -> None:
        assert track.track_id is not None
        self.counts[kind] += 1
        change = Change(kind, turn.job.frame.seq, (track.track_id,), track.name, "tagger", detail)
        turn.changes.append(replace(change, **what))

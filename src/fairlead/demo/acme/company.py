"""The example company acme: who its teams, people and services are, and how each team develops.

Everything here is invented. Tables are text, so that a reader sees the company at a glance; the
operating model in `examples/acme/model/` and the payloads are both made from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

ZONE_NAME = "Europe/Berlin"
PLATFORM_REPO = "acme/platform"

Host = Literal["github", "gitlab", "jenkins"]
Integration = Literal["squash", "merge", "rebase"]

# id | tier | host | team | depends on
_SERVICES = """
web-shop         | 1 | github  | storefront  | api-gateway cart product-catalog search
mobile-bff       | 1 | github  | storefront  | api-gateway cart product-catalog
cart             | 1 | github  | storefront  | pricing inventory
search           | 1 | github  | storefront  | product-catalog
promo-banner     | 3 | github  | storefront  | ab-testing
checkout         | 1 | github  | payments    | cart payment-gateway orders fraud-check
payment-gateway  | 1 | github  | payments    | ledger
fraud-check      | 2 | github  | payments    | customer-profile
invoicing        | 2 | jenkins | payments    | ledger orders
ledger           | 2 | jenkins | payments    |
product-catalog  | 1 | github  | catalog     | media-store pricing
pricing          | 2 | github  | catalog     |
media-store      | 2 | github  | catalog     |
ratings          | 3 | github  | catalog     | accounts
recommendations  | 2 | github  | catalog     | event-collector product-catalog
orders           | 1 | github  | fulfilment  | inventory shipping
inventory        | 1 | github  | fulfilment  | warehouse-sync
shipping         | 2 | jenkins | fulfilment  |
returns          | 2 | github  | fulfilment  | orders payment-gateway
warehouse-sync   | 2 | jenkins | fulfilment  |
login            | 1 | github  | identity    | accounts
accounts         | 1 | github  | identity    |
consent          | 2 | github  | identity    | accounts
notifications    | 2 | github  | identity    | customer-profile
customer-profile | 2 | github  | identity    | accounts
event-collector  | 2 | gitlab  | analytics   |
reporting        | 3 | gitlab  | analytics   | event-collector
ab-testing       | 3 | gitlab  | analytics   | event-collector
data-export      | 3 | gitlab  | analytics   | reporting
forecasting      | 3 | gitlab  | analytics   | event-collector
api-gateway      | 1 | github  | platform    | login
config-service   | 2 | github  | platform    |
feature-flags    | 2 | github  | platform    | config-service
audit-log        | 2 | github  | platform    |
scheduler        | 3 | github  | platform    | config-service
file-store       | 3 | github  | platform    |
partner-portal   | 3 | gitlab  | partners    | login partner-api
partner-api      | 2 | gitlab  | partners    | orders product-catalog
marketplace-feed | 3 | gitlab  | partners    | product-catalog pricing
edi-bridge       | 3 | jenkins | partners    | orders
"""

# login of each person | team | name
_PEOPLE = """
amelie-k   | storefront | Amelie Krause
jonas-w    | storefront | Jonas Weber
priya-n    | storefront | Priya Nair
tomasz-l   | storefront | Tomasz Lis
sofia-r    | storefront | Sofia Romano
david-o    | payments   | David Okafor
hanna-b    | payments   | Hanna Becker
lucas-m    | payments   | Lucas Moreau
ines-c     | payments   | Inês Carvalho
mika-s     | payments   | Mika Salonen
olga-p     | catalog    | Olga Petrova
ben-h      | catalog    | Ben Hartmann
yuki-t     | catalog    | Yuki Tanaka
carla-v    | catalog    | Carla Vidal
felix-g    | fulfilment | Felix Graf
nora-j     | fulfilment | Nora Jensen
samir-a    | fulfilment | Samir Aziz
paula-d    | fulfilment | Paula Dietz
erik-s     | identity   | Erik Sund
leila-f    | identity   | Leila Farhat
marc-t     | identity   | Marc Thoma
rosa-i     | identity   | Rosa Iglesias
anton-z    | analytics  | Anton Zeman
greta-l    | analytics  | Greta Lindner
kofi-m     | analytics  | Kofi Mensah
maja-n     | analytics  | Maja Novak
stefan-u   | platform   | Stefan Ulrich
aisha-q    | platform   | Aisha Qureshi
pavel-r    | platform   | Pavel Rehak
julia-e    | platform   | Julia Engel
viktor-y   | partners   | Viktor Yilmaz
clara-x    | partners   | Clara Xu
henri-d    | partners   | Henri Dubois
"""


@dataclass(frozen=True)
class Trend:
    """A quantity that moves in a straight line from the first day of the year to the last."""

    first: float
    last: float

    def at(self, progress: float) -> float:
        """The value at a share of the year between 0 and 1."""
        return self.first + (self.last - self.first) * progress


@dataclass(frozen=True)
class TeamHabits:
    """How a team works over the year; the differences between teams are made here."""

    release_factor: Trend = Trend(1.0, 1.05)
    failure_ratio: Trend = Trend(0.085, 0.08)
    build_seconds: Trend = Trend(520.0, 500.0)
    review_hours: Trend = Trend(4.0, 4.0)
    flaky_ratio: Trend = Trend(0.012, 0.012)
    assisted_ratio: Trend = Trend(0.008, 0.008)
    broken_ratio: Trend = Trend(0.017, 0.015)
    has_quarter_freeze: bool = False


@dataclass(frozen=True)
class Person:
    """Someone who writes, reviews and answers pages."""

    login: str
    team_id: str
    name: str
    number: int


@dataclass(frozen=True)
class Team:
    """A team and its habits."""

    id: str
    title: str
    habits: TeamHabits


@dataclass(frozen=True)
class Service:
    """A service: where its code lives, who owns it, what it needs."""

    id: str
    tier: int
    host: Host
    team_id: str
    depends_on: tuple[str, ...]

    @property
    def repo(self) -> str:
        """The repository as its host names it; the platform team keeps one for all it owns."""
        if self.team_id == "platform":
            return PLATFORM_REPO
        return f"acme-data/{self.id}" if self.host == "gitlab" else f"acme/{self.id}"

    @property
    def is_in_monorepo(self) -> bool:
        return self.repo == PLATFORM_REPO

    @property
    def folder(self) -> str:
        """Where it lives in the monorepo."""
        return f"services/{self.id}"

    @property
    def regions(self) -> tuple[str, ...]:
        """Tier 1 runs in two regions, in order of rollout."""
        return ("eu", "us") if self.tier == 1 else ("eu",)

    @property
    def pager_name(self) -> str:
        """What the paging tool calls it."""
        return f"{self.id.replace('-', ' ').title()} (prod)"

    @property
    def is_deployed_by_rule(self) -> bool:
        """Its host sends no deployment messages: a job of its pipeline is the deployment."""
        return self.id == "data-export"

    @property
    def has_standard_pipeline(self) -> bool:
        """Whether its pipelines come from the golden path."""
        return self.id not in {"ratings", "returns", "forecasting"}

    @property
    def integration(self) -> Integration:
        """How changes reach its default branch."""
        if self.host == "gitlab" or self.is_in_monorepo:
            return "merge"
        return (
            "rebase"
            if self.id in {"login", "consent"}
            else ("merge" if self.tier == 2 else "squash")
        )

    @property
    def releases_a_week(self) -> float:
        return {1: 3.7, 2: 2.2, 3: 1.2}[self.tier]

    @property
    def changes_a_week(self) -> float:
        return {1: 9.0, 2: 5.4, 3: 3.0}[self.tier]


_TEAMS = (
    Team(
        "storefront",
        "Storefront",
        TeamHabits(
            release_factor=Trend(0.55, 1.6),
            failure_ratio=Trend(0.19, 0.05),
            build_seconds=Trend(980.0, 520.0),
            review_hours=Trend(9.0, 2.5),
            broken_ratio=Trend(0.05, 0.012),
        ),
    ),
    Team(
        "payments", "Payments", TeamHabits(has_quarter_freeze=True, failure_ratio=Trend(0.07, 0.06))
    ),
    Team("catalog", "Catalogue", TeamHabits()),
    Team(
        "fulfilment",
        "Fulfilment",
        TeamHabits(
            release_factor=Trend(1.2, 0.7),
            failure_ratio=Trend(0.05, 0.27),
            build_seconds=Trend(560.0, 790.0),
            review_hours=Trend(4.0, 11.0),
            broken_ratio=Trend(0.03, 0.07),
        ),
    ),
    Team("identity", "Identity", TeamHabits(failure_ratio=Trend(0.07, 0.05))),
    Team(
        "analytics",
        "Analytics",
        TeamHabits(
            flaky_ratio=Trend(0.14, 0.17),
            assisted_ratio=Trend(0.07, 0.09),
            broken_ratio=Trend(0.06, 0.06),
            build_seconds=Trend(900.0, 930.0),
        ),
    ),
    Team("platform", "Platform", TeamHabits(release_factor=Trend(1.0, 1.2))),
    Team("partners", "Partners", TeamHabits(review_hours=Trend(7.0, 6.0))),
)


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@cache
def teams() -> dict[str, Team]:
    """The eight teams by id."""
    return {team.id: team for team in _TEAMS}


@cache
def services() -> dict[str, Service]:
    """The forty services by id, in the order of the table."""
    return {
        name: Service(name, int(tier), _host(host), team, tuple(needs.split()))
        for name, tier, host, team, needs in _rows(_SERVICES)
    }


def _host(word: str) -> Host:
    hosts: dict[str, Host] = {"github": "github", "gitlab": "gitlab", "jenkins": "jenkins"}
    return hosts[word]


@cache
def people() -> dict[str, Person]:
    """Everybody by login."""
    return {
        login: Person(login, team, name, number)
        for number, (login, team, name) in enumerate(_rows(_PEOPLE), start=4101)
    }


@cache
def members_of(team_id: str) -> tuple[Person, ...]:
    """The people of a team, its lead first."""
    return tuple(person for person in people().values() if person.team_id == team_id)


@cache
def services_of_repo(repo: str) -> tuple[Service, ...]:
    """The services whose code lives in a repository."""
    return tuple(service for service in services().values() if service.repo == repo)

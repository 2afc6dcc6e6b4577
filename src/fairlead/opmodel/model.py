"""The checked operating model: every document by kind and id, and the look-ups that rooms share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, TypeVar, cast

from fairlead.kernel.diagnostic import Place
from fairlead.opmodel.kinds.document import Document
from fairlead.opmodel.kinds.environment import Environment
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.kinds.workspace import Workspace

D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class Model:
    """Documents by kind name and id, with the place where each is declared."""

    documents: Mapping[str, Mapping[str, Document]] = field(default_factory=dict)
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Model:
        """A model of documents made in code: for tests, folds and examples."""
        found: dict[str, dict[str, Document]] = {}
        for document in documents:
            found.setdefault(document.kind, {})[document.id] = document
        return cls(found)

    def all_of(self, kind: type[D]) -> Mapping[str, D]:
        """Every document of a kind by id, in order of declaration."""
        return cast("Mapping[str, D]", self.documents.get(kind.__name__, {}))

    @property
    def workspace(self) -> Workspace:
        """The one Workspace document, or its defaults."""
        declared = list(self.all_of(Workspace).values())
        fallback: dict[str, Any] = {
            "apiVersion": "fairlead/v1",
            "kind": "Workspace",
            "id": "workspace",
        }
        return declared[0] if declared else Workspace.model_validate(fallback)

    @cached_property
    def _services_by_name(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for service in self.all_of(Service).values():
            for name in (service.id, *service.names):
                names.setdefault(name, service.id)
        return names

    @cached_property
    def services_by_repository(self) -> Mapping[str, tuple[Service, ...]]:
        """Services of each repository; more than one makes it a monorepo."""
        found: dict[str, list[Service]] = {}
        for service in self.all_of(Service).values():
            for repository in service.repositories:
                found.setdefault(repository, []).append(service)
        return {repository: tuple(services) for repository, services in found.items()}

    def service_of_name(self, name: str | None) -> str | None:
        """The service that a tool calls by this name, exactly; None when nothing is declared."""
        return self._services_by_name.get(name) if name else None

    def environment_of(self, name: str | None, source: str | None) -> Environment | None:
        """The environment that a source calls by this name: own id, exact name, then glob."""
        if not name:
            return None
        environments = self.all_of(Environment)
        if name in environments:
            return environments[name]
        for matches in (str.__eq__, fnmatchcase):
            for environment in environments.values():
                for known in environment.names:
                    if known.source in (None, source) and matches(name, known.name):
                        return environment
        return None

"""What every template of datasets has."""

from abc import abstractmethod
from collections.abc import Iterator
from importlib import resources

from diptych.models import Field, MetadataProperty, Question, VectorSettings


class DatasetTemplate:
    """What a dataset is made of; a subclass is a template, in the package of that name."""

    def guidelines(self) -> str:
        """Return the guidelines that a dataset has if its admin writes none, as Markdown."""
        return self.read("guidelines.md")

    @abstractmethod
    def settings(self) -> Iterator[Field | Question | VectorSettings | MetadataProperty]:
        """Yield the fields, questions, vectors and metadata properties of a dataset, in their order."""

    @classmethod
    def read(cls, name: str) -> str:
        """Return a file of the template's package."""
        return resources.files(cls.__module__).joinpath(name).read_text("utf-8")

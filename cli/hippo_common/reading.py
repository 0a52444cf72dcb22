"""Reads JSON and YAML that this program did not write, within limits; every error is a ValueError.

JSON has the limits of `hippo_gym.runtime.json_reading`. A YAML file is limited in size, because
PyYAML needs seconds for each MB, and in what its references expand to: nine lines of merges ('<<')
of merges can stand for billions of keys.
"""

from __future__ import annotations

import math
from typing import Any, Final

import yaml

from hippo_gym.runtime import json_reading
from hippo_gym.runtime.json_reading import MAX_DIGITS, BeyondLimits, NotJson

__all__ = ["LARGEST_YAML", "BeyondLimits", "NotJson", "TooMuchYaml", "YamlLoader", "json_value", "scalar", "yaml_value"]

LARGEST_YAML: Final = 500_000
"""Bytes."""

MAX_NODES: Final = 10_000
"""Values of a YAML document, each counted as often as a reference repeats it."""

_MERGE: Final = "tag:yaml.org,2002:merge"


class TooMuchYaml(ValueError):
    """References of a YAML document expand to more than `MAX_NODES` values, or form a circle."""


def json_value(text: str | bytes) -> Any:
    """Parse JSON.

    Raises:
        NotJson: it is not JSON in UTF-8, or exceeds the limits; the message continues "it …".
    """
    return json_reading.read(text)


def yaml_value(text: str) -> Any:
    """Parse YAML; values are those of PyYAML's safe loader, dates included.

    Raises:
        ValueError: it is not YAML, or exceeds the limits; the message continues "it …".
    """
    if len(text) > LARGEST_YAML:
        raise ValueError(f"has more than {LARGEST_YAML:,} characters")
    try:
        return YamlLoader(text).get_single_data()
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        raise ValueError(f"is not YAML that can be read: {str(error)[:200]}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply, or refers to itself") from error


class YamlLoader(yaml.SafeLoader):
    """PyYAML's safe loader, with a limit on what '<<' may expand to."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Replace each '<<' of a mapping with the keys that it stands for.

        Raises:
            TooMuchYaml: they are too many.
        """
        merged = [value for key, value in node.value if key.tag == _MERGE]
        listed = [value.value if isinstance(value, yaml.SequenceNode) else [value] for value in merged]
        parts = [part for values in listed for part in values]
        mappings = [part for part in parts if isinstance(part, yaml.MappingNode)]
        if len(parts) > MAX_NODES:
            raise TooMuchYaml
        total = len(node.value)
        for mapping in mappings:
            self.flatten_mapping(mapping)
            total += len(mapping.value)
            if total > MAX_NODES:
                raise TooMuchYaml
        super().flatten_mapping(node)


def scalar(loader: yaml.SafeLoader, node: yaml.Node) -> str | int | float | bool | None:
    """Return a scalar as a value of JSON; what JSON has no value for stays text.

    That holds for dates, also for those that do not exist, for infinities, for integers of more
    than 300 digits, and for values that are not of the type that their tag ('!!int') names.

    Raises:
        yaml.YAMLError: the tag is unknown.
    """
    text = str(node.value)
    try:
        value = loader.construct_object(node)
    except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
        return text
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**MAX_DIGITS else text
    return value if isinstance(value, float) and math.isfinite(value) else text

"""Write the JSON schemas of this folder anew, from the package's own types: ``python docs/schema/renew.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from expressive.character.schema import character_schema
from expressive.links.server.schema import server_schema
from expressive.simulation.schema import scenario_schema
from expressive.stage.schema import script_schema

HERE = Path(__file__).resolve().parent


def schemas() -> dict[str, dict[str, Any]]:
    """File name → schema."""
    return {
        "character.schema.json": character_schema(),
        "scenario.schema.json": scenario_schema(),
        "script.schema.json": script_schema(),
        "serve.asyncapi.json": server_schema(),
    }


def main() -> None:
    """Write every schema."""
    for name, schema in schemas().items():
        (HERE / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

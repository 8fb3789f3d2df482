"""Imports the whole world and does nothing: only the component's type matters."""

from wit_world import exports


class Run(exports.Run):
    def run(self) -> None:
        pass

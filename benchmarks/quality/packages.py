"""Packages whose functions are protected or innocent, fetched from their registries through the registries' own clients.

A language's functions come from several projects. Each stands wholly on one side: what is indexed (``protected``) or what must pass
(``innocent``). Of packages that hold many projects (an operating system, a standard library, a compiler) the sides are top-level folders.
Tests, vendored and minified code are left out. Nothing of it is copied into the repository; what was unpacked is removed once its
functions are stored (`functions`).
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOT_OWN = {"test", "tests", "testing", "testdata", "vendor", "_vendor", "_vendored_packages", "third_party", "extern", "externals", "node_modules",
           "umd", "bundles", "dist-cjs", "esm", "esm5", "esm2015", "cjs", "es6", "_esm5", "min", "ui"}


@dataclass(frozen=True, slots=True)
class Package:
    """``name`` in a ``registry``, its ``version`` where the registry keeps old ones, and the folders (prefixes of paths) of either side."""

    registry: str
    name: str
    version: str = ""
    protected: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()
    members: tuple[str, ...] = field(default=())
    """Only these folders of the archive inside the package are unpacked; for archives of hundreds of megabytes."""

    def side(self, path: str) -> str | None:
        """The side the file at ``path`` is on, None when it is on neither."""
        for side in ("protected", "innocent"):
            if any(path == prefix or path.startswith(prefix) for prefix in getattr(self, side)):
                return side
        return None


def _protected(registry: str, *names: str) -> tuple[Package, ...]:
    return tuple(Package(registry, *name.rsplit("=", 1), protected=("",)) for name in names)


def _innocent(registry: str, *names: str) -> tuple[Package, ...]:
    return tuple(Package(registry, *name.rsplit("=", 1), innocent=("",)) for name in names)


def fetch(package: Package, folder: Path) -> None:
    """Unpack ``package`` into ``folder``. Raises CalledProcessError with what the registry's client said."""
    folder.mkdir(parents=True)
    _FETCH[package.registry](package, folder)


def files(folder: Path, endings: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """(path inside the package, file) of its own source files, in order."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.suffix in endings and path.is_file() and not NOT_OWN & set(inner.parts) and ".min." not in path.name:
            yield inner.as_posix(), path


def _pypi(package: Package, folder: Path) -> None:
    """Wheels only: nothing of the package is run."""
    _run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", ".", f"{package.name}=={package.version}"],
         folder)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        wheel.unlink()


def _npm(package: Package, folder: Path) -> None:
    _run(["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"], folder)
    for ball in folder.glob("*.tgz"):
        with tarfile.open(ball) as archive:
            archive.extractall(folder, filter="data")
        ball.unlink()


def _debian(package: Package, folder: Path) -> None:
    """The version is the one Debian serves today; the record of a run names it."""
    _run(["apt-get", "download", "-q", package.name], folder)
    for deb in folder.glob("*.deb"):
        _run(["dpkg-deb", "-x", deb.name, "."], folder)
        deb.unlink()
    for ball in sorted(folder.rglob("linux-source-*.tar.xz")):
        _run(["tar", "-xJf", str(ball), "--strip-components=1", "--wildcards", *(f"*/{member}" for member in package.members)], folder)
        ball.unlink()
    for archive in sorted(folder.rglob("src.zip")):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)
        archive.unlink()


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr[-2000:])


_FETCH: dict[str, Callable[[Package, Path], None]] = {"pypi": _pypi, "npm": _npm, "debian": _debian}

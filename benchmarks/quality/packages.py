"""Packages whose functions are protected or innocent, fetched from their registries through the registries' own clients.

A language's functions come from several projects. Each stands wholly on one side: what is indexed (``protected``) or what must pass
(``innocent``). Of packages that hold many projects (an operating system, a standard library, a compiler) the sides are top-level folders.
Tests, vendored and minified code are left out. Nothing of it is copied into the repository; what was unpacked is removed once its
functions are stored (`functions`).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOT_OWN = {"test", "tests", "testing", "testdata", "vendor", "_vendor", "third_party", "extern", "externals", "node_modules"}
TEST = re.compile(r"(test_.*|.*[_.](test|tests|spec|min)\.\w+|conftest\.py|_tsc\.js)")


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


PACKAGES: dict[str, tuple[Package, ...]] = {
    "python": (
        *_protected("pypi", "homeassistant=2024.3.3", "sympy=1.13.3", "django=5.0.9"),
        *_innocent("pypi", "pandas=2.2.3", "statsmodels=0.14.4", "astropy=6.1.4", "sqlalchemy=2.0.36", "twisted=24.7.0",
                   "scikit-learn=1.5.2", "matplotlib=3.9.2", "ansible-core=2.17.5", "nltk=3.9.1", "mypy=1.13.0", "networkx=3.3",
                   "sphinx=8.0.2", "dulwich=0.22.3", "scrapy=2.11.2")),
    "javascript": (
        *_protected("npm", "three=0.169.0", "typescript=5.6.3", "@cesium/engine=12.0.0", "lodash=4.17.21", "rxjs=7.8.1", "date-fns=4.1.0",
                    "core-js=3.38.1"),
        *_innocent("npm", "plotly.js=2.35.2", "ol=10.2.1", "pixi.js=8.5.2", "eslint=9.13.0", "pdfjs-dist=4.7.76", "webpack=5.95.0",
                   "echarts=5.5.1", "@tensorflow/tfjs-core=4.22.0", "codemirror=5.65.18", "svelte=5.1.0", "video.js=8.19.1", "jsdom=25.0.1",
                   "react-dom=18.3.1", "fabric=6.4.3", "knex=3.1.0", "pouchdb=9.0.0", "vue=3.5.12", "phaser=3.85.2", "mongodb=6.10.0",
                   "@babel/parser=7.25.9", "mathjs=13.2.0", "sequelize=6.37.5", "terser=5.36.0")),
    "java": (
        Package("debian", "openjdk-17-source",
                protected=("java.desktop/", "java.xml/", "jdk.compiler/", "jdk.javadoc/", "jdk.hotspot.agent/", "java.xml.crypto/",
                           "jdk.jdi/", "jdk.internal", "jdk.jshell/", "jdk.jdeps/", "jdk.jlink/")),
        *_innocent("npm", "react-native=0.72.17", "react-native-navigation=7.40.1", "react-native-svg=15.8.0",
                   "react-native-camera=4.2.1", "react-native-reanimated=2.17.0", "@capacitor/android=6.1.2",
                   "react-native-firebase=5.6.0", "react-native-ble-plx=3.2.1", "detox=20.27.0", "cordova-android=13.0.0",
                   "react-native-maps=1.18.0", "react-native-charts-wrapper=0.6.0", "react-native-webrtc=124.0.4",
                   "react-native-sqlite-storage=6.0.1", "react-native-gesture-handler=1.10.3", "react-native-share=11.0.3",
                   "cordova-plugin-googlemaps=2.7.1", "expo-av=8.7.0", "react-native-code-push=9.0.1",
                   "cordova-plugin-local-notification=0.9.0-beta.2", "react-native-screens=2.18.1", "react-native-video=5.2.1",
                   "expo-camera=9.1.1", "react-native-track-player=2.1.3", "@react-native-firebase/firestore=21.0.0",
                   "rn-fetch-blob=0.12.0", "react-native-wifi-reborn=4.13.0", "react-native-push-notification=8.1.1",
                   "cordova-plugin-file=8.1.3", "react-native-fs=2.20.0", "react-native-image-crop-picker=0.41.2")),
    "c": (Package(
        "debian", "linux-source-6.1", protected=("fs/", "mm/", "kernel/"), innocent=("net/", "drivers/md/", "sound/core/", "sound/usb/"),
        members=("fs", "mm", "kernel", "net", "drivers/md", "sound/core", "sound/usb")),),
    "go": (
        *_protected("debian", "golang-1.19-src=", "golang-golang-x-tools-dev=", "golang-golang-x-net-dev=", "golang-honnef-go-tools-dev="),
        *_innocent("debian", *(f"golang-{name}-dev=" for name in (
            "gvisor-gvisor", "github-docker-docker", "etcd-server", "github-syncthing-syncthing", "github-containerd-containerd",
            "github-go-git-go-git", "google-grpc", "github-containers-image", "github-cilium-ebpf", "opentelemetry-otel",
            "github-pion-webrtc.v3", "github-containers-common", "github-klauspost-compress", "github-hashicorp-serf",
            "github-minio-minio-go-v7", "github-lucas-clemente-quic-go", "github-containers-buildah", "gonum-v1-plot", "mvdan-sh",
            "github-alecthomas-chroma", "github-hashicorp-raft", "github-hanwen-go-fuse", "github-influxdata-influxql",
            "github-yuin-goldmark")))),
    "rust": (
        *_protected("debian", "rust-src="),
        *_innocent("debian", *(f"librust-{name}-dev=" for name in (
            "cargo", "sequoia-openpgp", "rav1e", "tokio", "rustls", "pyo3", "gimli", "object", "image", "syntect", "bindgen", "lalrpop",
            "rustix", "tiny-skia", "trust-dns-proto", "winit", "clap", "syn", "regex-syntax", "brotli-decompressor", "petgraph", "hyper",
            "rayon", "goblin", "quinn-proto", "h2", "ttf-parser", "cbindgen", "rusqlite", "pulldown-cmark", "tera", "toml-edit", "rand",
            "rustyline", "num-bigint", "pest", "time", "chrono", "git2", "alacritty-terminal", "criterion", "proptest", "nix", "gtk4",
            "openssl", "reqwest", "nom", "capstone", "tiff", "png", "jpeg-decoder", "sequoia-wot", "async-std", "mio", "serde-json")))),
}
"""Every side's projects, by language. The same authors are never on both sides, except in C, where the sides are subsystems of Linux."""

KIN = {"go": "The Go Authors"}
"""A file of an innocent project whose head names these holders of rights was copied from what is protected."""

GENERATED = {"go": re.compile(r"^// Code generated .* DO NOT EDIT\.$", re.MULTILINE)}
"""A file that says so was written by nobody: one tool writes the same for all projects (go.dev/s/generatedcode)."""


def fetch(package: Package, folder: Path) -> None:
    """Unpack ``package`` into ``folder``. Raises CalledProcessError with what the registry's client said."""
    folder.mkdir(parents=True)
    _FETCH[package.registry](package, folder)


def files(folder: Path, endings: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """(path inside the package, file) of its own source files, in order."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.suffix in endings and path.is_file() and not NOT_OWN & set(inner.parts) and not TEST.fullmatch(path.name):
            yield inner.as_posix(), path


def _pypi(package: Package, folder: Path) -> None:
    """Wheels only: nothing of the package is run."""
    _run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", ".",
          f"{package.name}=={package.version}"], folder)
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
        root = ball.name.removesuffix(".tar.xz")
        _run(["tar", "-xJf", str(ball), "--strip-components=1", *(f"{root}/{member}" for member in package.members)], folder)
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

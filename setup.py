"""Builds csrc/ into one static library and simfilter/_core/*.pyx on top of it.

Everything declarative stands in pyproject.toml. Set SIMFILTER_SANITIZE=1 for an ASan/UBSan build and SIMFILTER_WERROR=1 to
turn warnings into errors (CI does).
"""

import os
import subprocess
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup
from setuptools.command.build_clib import build_clib
from setuptools.command.build_ext import build_ext

sys.path.insert(0, str(Path(__file__).parent / "csrc"))
from generate_tables import write_tables

HERE = Path(__file__).parent
GENERATED = Path("build") / "generated"
SOURCES = sorted(str(path.relative_to(HERE)) for path in (HERE / "csrc" / "src").glob("*.c"))
HEADERS = sorted(str(path.relative_to(HERE)) for path in (HERE / "csrc").rglob("*.h"))
# Without -g0 the flags Python was built with make wheels three times as large, in half as much time again.
FLAGS = ["-std=c11", "-O3", "-g0", "-fPIC", "-fno-strict-aliasing", "-fvisibility=hidden"]
CORE_FLAGS = ["-Wall", "-Wextra"]
MSVC = ["/std:c11", "/O2"]
LINK: list[str] = []
if os.environ.get("SIMFILTER_WERROR"):
    CORE_FLAGS += ["-Werror"]
if os.environ.get("SIMFILTER_SANITIZE"):
    sanitize = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g", "-O1"]
    FLAGS += sanitize
    LINK += sanitize


class BuildCore(build_clib):
    """Generates the Unicode tables, then compiles the core."""

    def run(self) -> None:
        write_tables(HERE / GENERATED / "sf_text_tables.h")
        super().run()

    def build_libraries(self, libraries: list) -> None:
        for _, told in libraries:
            told["cflags"] = MSVC if self.compiler.compiler_type == "msvc" else FLAGS + CORE_FLAGS
        super().build_libraries(libraries)


class BuildDoor(build_ext):
    """Builds the core first, so that `build_ext --inplace` alone is enough too, and with it the filter of licence texts."""

    def run(self) -> None:
        self.parallel = self.parallel or os.cpu_count()
        self.run_command("build_clib")
        super().run()
        root = HERE if self.inplace else Path(self.build_lib).resolve()
        subprocess.run([sys.executable, str(HERE / "csrc" / "generate_licences.py"), str(root)], check=True)

    def build_extensions(self) -> None:
        for extension in self.extensions:
            extension.extra_compile_args = MSVC if self.compiler.compiler_type == "msvc" else FLAGS
        super().build_extensions()


setup(
    packages=[*find_packages(include=["simfilter*"]), "simfilter.samples"],
    package_dir={"simfilter.samples": "data/samples"},
    libraries=[("simfilter_core", {"sources": SOURCES, "depends": HEADERS,
                                   "include_dirs": ["csrc/include", str(GENERATED)]})],
    ext_modules=cythonize(
        [Extension(f"simfilter._core.{path.stem}", [str(path.relative_to(HERE))], include_dirs=["csrc/include"], extra_link_args=LINK)
         for path in sorted((HERE / "simfilter" / "_core").glob("*.pyx"))],
        build_dir="build/cython",
        compiler_directives={"language_level": 3, "boundscheck": False, "wraparound": False, "embedsignature": True},
    ),
    cmdclass={"build_clib": BuildCore, "build_ext": BuildDoor},
)

"""Build the bundles: hippo_gym.zip with the functions, and hippo_certificates.zip with renew_certificate.

    python build.py                        both in build/, for Lambda on arm64 (--architecture x86_64)
    python build.py --local                build/hippo_gym-local.zip and so on, for this interpreter

The parts, in the order in which `build` calls them:

    check_lock            the .in file and its lock agree, and every package has a hash
    sources               entries, packages in handlers/, and the functions' schemas; each must parse
    install_dependencies  pip installs the lock, hash-checked, into a cache under build/
    check_contents        no duplicate name, no boto3, within Lambda's limits
    write_zip             identical bytes for identical files

The same sources give the same zip, so that a plan shows a change of code only when the code changed:
entries are sorted, their time stamp, permissions and originating system are fixed, and pip's notes
about its own run are deleted. Entries are stored, not deflated: zlib and zlib-ng differ in their bytes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent

RUNTIME = "3.13"
"""The Python of the Lambda runtime, python3.13 on Amazon Linux 2023 (glibc 2.34)."""

MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's architecture → the machine name in a wheel's platform tag."""

MAX_UNZIPPED = 250 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
"""Bytes. Lambda quotas, "Deployment package size": https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

RUNTIME_PACKAGES = frozenset({"boto3", "botocore"})
"""The Lambda runtime contains these; a second copy would only slow each cold start."""

PIP_OPTIONS = (
    "--require-hashes",
    "--only-binary=:all:",
    "--no-compile",
    "--no-input",
    "--retries=2",
    "--disable-pip-version-check",
)

PIP_ENVIRONMENT = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "LC_ALL": "C.UTF-8"}

EXPLANATIONS = (
    (r"No module named pip", "this Python has no pip: use the project's .venv (make setup)"),
    (
        r"^ +(\S+).*:\n +Expected sha256",
        "{} has a hash that handlers/{lock} does not list. If that is intended, run: make lock",
    ),
    (
        r"versions pinned with ==.*\n +([\w.-]+)",
        "handlers/{lock} is stale: it lacks {}. Run: make lock",
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|Could not fetch URL",
        "no package registry can be reached: connect to the network, or set PIP_INDEX_URL to a mirror",
    ),
    (
        r"No matching distribution found for (\S+)",
        "{}: the package registry that pip uses has no wheel of it for this target",
    ),
)
"""Pattern in pip's log → the error message; the first match wins."""

REDIRECTING = frozenset({"PIP_CONSTRAINT", "PIP_NO_BINARY", "PIP_PREFIX", "PIP_REQUIREMENT", "PIP_ROOT"})
"""Settings of the user that would change what pip installs, or where."""

TIMESTAMP = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can store."""

NOT_FOR_FUNCTIONS = {"trial_event.schema.json"}
"""Schemas that no function reads: each file costs time at every cold start."""

CACHE_VERSION = "1"
"""Increased when `prune` changes, so that older caches are ignored."""


class BuildError(Exception):
    """The bundle cannot be built; the message says why and what to do."""


@dataclass(frozen=True)
class Recipe:
    """What a bundle holds: entry files and other files or folders of handlers/, and the packages of its lock there."""

    name: str
    lock: str
    entries: str
    members: tuple[str, ...]
    schemas: bool = False


RENEWS = "renew_certificate.py"

FUNCTIONS = Recipe("hippo_gym", "requirements", "*.py", ("hippo_gym",), schemas=True)
CERTIFICATES = Recipe(
    "hippo_certificates", "certificates", RENEWS, ("hippo_certificates", "hippo_gym/__init__.py", "hippo_gym/runtime")
)


@dataclass(frozen=True)
class Target:
    """Where the bundle will run: pip's options for choosing wheels, and a name for the cache."""

    name: str
    pip_options: tuple[str, ...]
    suffix: str


@dataclass(frozen=True)
class Bundle:
    """A written bundle. `size` is in bytes, `sha256` in hexadecimal."""

    path: Path
    files: int
    size: int
    sha256: str

    @property
    def code_sha256(self) -> str:
        """The digest as Lambda's `CodeSha256` and Terraform's `source_code_hash` show it."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode("ascii")


@dataclass(frozen=True)
class Pin:
    """One package of a requirements file. `direct`: requirements.in lists it, by the lock's comment."""

    name: str
    version: str
    hashed: bool
    direct: bool


def lambda_target(architecture: str) -> Target:
    """The Lambda runtime on one architecture, `arm64` or `x86_64`.

    The ABI is explicit, because pip would otherwise derive it from the interpreter that it runs on.
    """
    machine = MACHINES[architecture]
    platforms = (f"--platform={tag}_{machine}" for tag in ("manylinux_2_28", "manylinux_2_17", "manylinux2014"))
    abi = f"--abi=cp{RUNTIME.replace('.', '')}"
    options = (*platforms, f"--python-version={RUNTIME}", "--implementation=cp", abi)
    return Target(f"{architecture}-{RUNTIME}", options, "")


def local_target() -> Target:
    """This interpreter on this machine: in the local cloud it runs the functions."""
    abi = sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag
    machine = f"{sysconfig.get_platform()}-{platform.libc_ver()[0]}"
    return Target(f"local-{abi}-{machine}", (), "-local")


def build(root: Path, target: Target, output: Path | None = None, recipe: Recipe = FUNCTIONS) -> Bundle:
    """Build a bundle of the project in `root` and write it to `output`, by default in `root/build/`.

    Raises:
        BuildError: anything that the caller can fix; `output` is then unchanged.
    """
    check_lock(root, recipe)
    own = dict(sources(root, recipe))
    foreign = {name: path.read_bytes() for name, path in walk(install_dependencies(root, target, recipe))}
    check_contents(own, foreign)
    return write_zip(own | foreign, output or root / "build" / f"{recipe.name}{target.suffix}.zip")


def check_lock(root: Path, recipe: Recipe) -> None:
    """Raise `BuildError` if the lock does not match its .in file, or has a package without a hash."""
    wanted = read_pins(root / "handlers" / f"{recipe.lock}.in")
    locked = read_pins(root / "handlers" / f"{recipe.lock}.txt")
    faults = [
        f"{pin.name} {pin.version} is required, {_version(locked, pin.name)} is locked"
        for pin in wanted.values()
        if _version(locked, pin.name) != pin.version
    ]
    faults += [
        f"{pin.name} is locked and no longer required"
        for pin in locked.values()
        if pin.direct and pin.name not in wanted
    ]
    faults += [f"{pin.name} has no hash" for pin in locked.values() if not pin.hashed]
    if faults:
        raise BuildError(f"handlers/{recipe.lock}.txt is stale: {'; '.join(faults)}. Run: make lock")


def read_pins(path: Path) -> Mapping[str, Pin]:
    """Return the packages of a requirements file by normalised name.

    Raises `BuildError` for a missing file and for a line that is not an exact `name==version`.
    """
    if not path.is_file():
        raise BuildError(f"{path.parent.name}/{path.name} is missing")
    pins = {}
    entries = re.split(r"\n(?=[^\s#-])", "\n" + path.read_text(encoding="utf-8"))
    for entry in entries[1:]:
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", entry)
        if match is None:
            line = entry.splitlines()[0]
            raise BuildError(f"{path.parent.name}/{path.name}: {line!r} is not an exact version; write name==version")
        name = re.sub(r"[-_.]+", "-", match[1]).lower()
        pins[name] = Pin(name, match[2], "--hash=sha256:" in entry, bool(re.search(r"#.*-r \S+\.in\b", entry)))
    return pins


def _version(pins: Mapping[str, Pin], name: str) -> str:
    return pins[name].version if name in pins else "nothing"


def sources(root: Path, recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    """Yield the project's own files as (name in the zip, content).

    Raises `BuildError` if there is no file of a kind, or one does not parse.
    """
    handlers = root / "handlers"
    entries = [path for path in sorted(handlers.glob(recipe.entries)) if recipe.schemas == (path.name != RENEWS)]
    if not entries:
        raise BuildError(
            f"handlers/ holds no entry file (handlers/{recipe.entries}): run this from a complete checkout"
        )
    for member in recipe.members:
        if not (handlers / member.split("/")[0] / "__init__.py").is_file():
            raise BuildError(
                f"handlers/{member.split('/')[0]}/__init__.py is missing: run this from a complete checkout"
            )
    found = sorted((root / "schemas").glob("*.schema.json")) if recipe.schemas else []
    schemas = [path for path in found if path.name not in NOT_FOR_FUNCTIONS]
    if recipe.schemas and not schemas:
        raise BuildError("schemas/ holds no *.schema.json: run this from a complete checkout")
    named = [(path.name, path) for path in entries]
    for member in recipe.members:
        own = handlers / member
        named += [(member, own)] if own.is_file() else [(f"{member}/{name}", path) for name, path in walk(own)]
    named += [(f"schemas/{path.name}", path) for path in schemas]
    for name, path in named:
        content = path.read_bytes()
        check_syntax(path.relative_to(root), content)
        yield name, content


def check_syntax(path: Path, content: bytes) -> None:
    """Raise `BuildError` for a Python or JSON file that does not parse."""
    try:
        if path.suffix == ".py":
            compile(content, str(path), "exec", dont_inherit=True)
        elif path.suffix == ".json":
            json.loads(content)
    except SyntaxError as error:
        raise BuildError(f"{path.as_posix()}, line {error.lineno}: {error.msg}") from error
    except ValueError as error:
        raise BuildError(f"{path.as_posix()}: {error}") from error


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files in `folder` as (relative POSIX name, path), without byte code and hidden files."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield relative.as_posix(), path


def install_dependencies(root: Path, target: Target, recipe: Recipe) -> Path:
    """Return the folder with the locked packages for `target`, installed on first use.

    The cache is keyed by the lock's content and the target. One rename publishes it, so a later build
    never uses an interrupted installation, and two concurrent builds do not disturb each other.
    """
    lock = root / "handlers" / f"{recipe.lock}.txt"
    inputs = (CACHE_VERSION, target.name, *PIP_OPTIONS, *target.pip_options, lock.read_text(encoding="utf-8"))
    key = hashlib.sha256("\0".join(inputs).encode()).hexdigest()
    folder = root / "build" / "dependencies" / f"{target.name}-{key[:16]}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "packages"
        run_pip(lock, target, fresh)
        prune(fresh)
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise a concurrent build has created the same result
                raise
    return folder


def run_pip(lock: Path, target: Target, folder: Path) -> None:
    """Install the lock into `folder`, or raise `BuildError` with an explanation of pip's log.

    The user's settings decide where pip looks for packages, but not where and how it installs.
    """
    environment = {name: value for name, value in os.environ.items() if name not in REDIRECTING}
    environment |= PIP_ENVIRONMENT
    options = (*PIP_OPTIONS, *target.pip_options, f"--target={folder}", f"--requirement={lock}")
    command = (sys.executable, "-m", "pip", "install", *options)
    result = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", errors="replace")
    if result.returncode != 0:
        raise BuildError(explain(result.stdout + result.stderr, lock.name))


def explain(log: str, lock: str) -> str:
    """Return one sentence for the person who ran the build, from the log of a failed pip."""
    for pattern, sentence in EXPLANATIONS:
        if match := re.search(pattern, log, re.MULTILINE):
            return sentence.format(*match.groups(), lock=lock)
    errors = re.findall(r"^ERROR: (.*)", log, re.MULTILINE) or log.split("\n")
    return f"pip failed: {errors[-1]}"


def prune(folder: Path) -> None:
    """Delete files that differ between pip runs and are not needed at run time.

    A `.dist-info` keeps METADATA (importlib.metadata.version reads it), entry points and licences.
    """
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for path in folder.glob("*.dist-info/**/*"):
        inside = path.relative_to(folder).parts[1:]
        licence = inside[0] == "licenses" or re.match(r"(LICEN[CS]E|COPYING|NOTICE|AUTHORS)", inside[0])
        if path.is_file() and not licence and inside not in {("METADATA",), ("entry_points.txt",)}:
            path.unlink()


def check_contents(own: Mapping[str, bytes], foreign: Mapping[str, bytes]) -> None:
    """Raise `BuildError` for a bundle that Lambda would refuse, or in which one module hides another."""
    modules = {_module(name) for name in foreign}
    if brought := sorted(modules & RUNTIME_PACKAGES):
        raise BuildError(f"{' and '.join(brought)} must not be in the bundle: the Lambda runtime contains it")
    if shadowed := sorted(modules & {_module(name) for name in own}):
        raise BuildError(f"handlers/ and a dependency both contain {', '.join(shadowed)}: rename the one in handlers/")
    size = sum(map(len, own.values())) + sum(map(len, foreign.values()))
    for limit, name in ((MAX_UNZIPPED, "unzipped bundle"), (MAX_UPLOAD, "uploaded zip")):
        if size > limit:
            raise BuildError(f"the bundle is {size:,} bytes; Lambda allows {limit:,} for an {name}")


def _module(name: str) -> str:
    return PurePosixPath(name).parts[0].removesuffix(".py")


def write_zip(contents: Mapping[str, bytes], output: Path) -> Bundle:
    """Write the zip atomically: a reader sees the former file or the complete new one."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            for name in sorted(contents):
                entry = zipfile.ZipInfo(name, TIMESTAMP)
                entry.create_system = 3  # Unix, on every machine
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, contents[name], zipfile.ZIP_STORED)
        content = partial.read_bytes()
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return Bundle(output, len(contents), len(content), hashlib.sha256(content).hexdigest())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(description="Build the Lambda bundles, byte for byte reproducible.")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--architecture", choices=sorted(MACHINES), default="arm64", help="default: %(default)s")
    where.add_argument("--local", action="store_true", help="for this interpreter, to run in the local cloud")
    parser.add_argument("--output", type=Path, help="only the functions' bundle, as this file")
    options = parser.parse_args(arguments)
    target = local_target() if options.local else lambda_target(options.architecture)
    for recipe in (FUNCTIONS,) if options.output else (FUNCTIONS, CERTIFICATES):
        try:
            bundle = build(ROOT, target, options.output, recipe)
        except (BuildError, OSError) as error:
            sys.stderr.write(f"build.py: {error}\n")
            return 1
        path, size = os.path.relpath(bundle.path), f"{bundle.files} files, {bundle.size:,} bytes"
        sys.stdout.write(f"{path}: {target.name}, {size}\nsha256 {bundle.sha256}\nbase64 {bundle.code_sha256}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

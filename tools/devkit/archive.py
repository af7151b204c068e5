"""Odoo itself: the user's checkout or package, else the package of the machine's own archive."""

import os
import shutil
import subprocess
from pathlib import Path

from .base import PREFIX, STATE, Failure, digest, once, python, run

ODOO_VERSION = "19.0.0+dfsg-1"
# Odoo 19 is in sid only; apt checks the archive's signature. What it links to comes from the machine's own release.
PACKAGES = (
    "odoo-19/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-inconsolata/sid",
    "fonts-montserrat/sid",
    "fonts-ocr-b/sid",
    "fonts-glyphicons-halflings/sid",
    "fonts-font-awesome/{release}",
    "fonts-noto-cjk/{release}",
)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Debian leaves this file out; the web client then logs an error on every page.
STRIPPED_SCRIPT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
WAY_OUT = "Set ODOO_PATH to an Odoo 19.0 checkout, or ODOO_DEB to the file of its Debian package."


def odoo_source():
    """Return the folder that holds the ``odoo`` package."""
    given = os.environ.get("ODOO_PATH")
    if not given:
        return PREFIX / "usr" / "lib" / "python3" / "dist-packages"
    if not Path(given, "odoo").is_dir():
        raise Failure(f"ODOO_PATH={given} has no folder “odoo”. Point it at an Odoo 19.0 checkout.")
    return Path(given).resolve()


def core_addons():
    """Return the folder of Odoo's own addons beside ``base``, for packages and checkouts alike."""
    packaged = odoo_source() / "odoo" / "addons"
    return packaged if (packaged / "account").is_dir() else odoo_source() / "addons"


def odoo_command():
    """Return the command that starts Odoo, to be followed by its arguments."""
    if os.environ.get("ODOO_PATH"):
        return [python(), "-m", "odoo"]
    return [python(), PREFIX / "usr" / "bin" / "odoo"]


def setup():
    if not os.environ.get("ODOO_PATH"):
        once("odoo", _key(), "Odoo 19.0 (download and unpack)", _unpack_odoo)


def _key():
    given = os.environ.get("ODOO_DEB")
    if given and not Path(given).is_file():
        raise Failure(f"ODOO_DEB={given} is not a file. {WAY_OUT}")
    return digest(given or ODOO_VERSION, PACKAGES)


def _release():
    lines = Path("/etc/os-release").read_text().splitlines() if Path("/etc/os-release").exists() else []
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return values.get("VERSION_CODENAME", "").strip('"')


def _archive_address():
    """Return where this machine gets its packages from, also when its package lists are empty."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Failure(f"This machine has no apt. {WAY_OUT}")
    targets = ["apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)", "Created-By: Packages"]
    found = run([*targets, f"Release: {_release()}", "Component: main"], capture=True).stdout.split()
    if not found or not Path(KEYRING).exists():
        raise Failure(f"apt knows no Debian archive here. {WAY_OUT}")
    return found[0]


def _apt_options():
    """Write a private source list of the machine's own mirror; the system's package state stays untouched."""
    folder = STATE / "apt"
    for sub in ("lists/partial", "cache/archives/partial"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    address = _archive_address()
    lines = [f"deb [signed-by={KEYRING}] {address} {suite} main\n" for suite in ("sid", _release())]
    (folder / "sources.list").write_text("".join(lines))
    settings = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any",
        "Acquire::Retries": "3",
    }
    return ["-qq", *(part for name, value in settings.items() for part in ("-o", f"{name}={value}"))]


def _download(folder):
    """Fetch the packages into ``folder``; say apart whether the network or the package is missing."""
    options = _apt_options()
    done = run(["apt-get", *options, "update"], check=False, capture=True)
    if done.returncode:
        raise Failure(f"The package archive cannot be reached: check the network. {WAY_OUT}\n{done.stderr[-400:]}")
    given = os.environ.get("ODOO_DEB")
    wanted = [name.format(release=_release()) for name in PACKAGES if not (given and name.startswith("odoo"))]
    done = run(["apt-get", *options, "download", *wanted], cwd=folder, check=False, capture=True)
    if done.returncode and "odoo-19" in done.stderr and "Failed to fetch" not in done.stderr:
        raise Failure(f"odoo-19 is not in the archive any more. {WAY_OUT}")
    if done.returncode:
        raise Failure(f"The packages could not be fetched: check the network. {WAY_OUT}\n{done.stderr[-400:]}")


def _unpack_odoo():
    debs = STATE / "debs"
    shutil.rmtree(debs, ignore_errors=True)
    debs.mkdir()
    _download(debs)
    given = os.environ.get("ODOO_DEB")
    found = Path(given) if given else next(debs.glob("odoo-19_*.deb"))
    if ODOO_VERSION not in found.name.replace("%2b", "+"):
        print(f" (not the tested {ODOO_VERSION} but {found.name})", end="")
    shutil.rmtree(PREFIX, ignore_errors=True)
    PREFIX.mkdir()
    for package in {*debs.glob("*.deb"), found}:
        _extract(package)
    shutil.rmtree(debs)
    _mend()


def _mend():
    """Drop the package's second copy of the addons and put back what it leaves out."""
    for leftover in ("addons", "setup", "doc"):
        shutil.rmtree(odoo_source() / leftover, ignore_errors=True)
    script = core_addons() / STRIPPED_SCRIPT
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("// left out by the distribution\n")


def _extract(package):
    """Unpack without the translations nobody here reads: they are two thirds of the package."""
    unpack = ["tar", "-x", "-C", PREFIX, "--exclude=./usr/lib/python3/dist-packages/addons"]
    unpack.append("--exclude=*/i18n/[!z]*.po")
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as source:
        done = subprocess.run(unpack, stdin=source.stdout, check=False)
    if done.returncode or source.returncode:
        raise Failure(f"{package.name} could not be unpacked: is the disk full?")

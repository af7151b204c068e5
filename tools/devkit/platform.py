"""Odoo itself: the Debian package, its Python packages, PDF printing and fonts."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from .base import BIN, PREFIX, ROOT, STATE, VENV, Failure, digest, environment, once, python, run

ODOO_VERSION = "19.0.0+dfsg-1"
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
# Debian leaves this file out; the web client then logs an error on every page.
STRIPPED_SCRIPT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern">
    <edit name="family" mode="append" binding="weak"><string>Noto Sans CJK SC</string></edit>
  </match>
</fontconfig>
"""


def odoo_source():
    """Return the folder that holds the ``odoo`` package: a checkout of the user's, or the unpacked package."""
    given = os.environ.get("ODOO_PATH")
    if given:
        if not Path(given, "odoo").is_dir():
            raise Failure(f"ODOO_PATH={given} has no folder “odoo”. Point it at an Odoo 19.0 checkout.")
        return Path(given)
    return PREFIX / "usr" / "lib" / "python3" / "dist-packages"


def odoo_command():
    if os.environ.get("ODOO_PATH"):
        return [python(), "-m", "odoo"]
    return [python(), PREFIX / "usr" / "bin" / "odoo"]


def setup():
    """Bring Odoo, its Python environment, PDF printing and fonts into the state folder."""
    if not os.environ.get("ODOO_PATH"):
        key = os.environ.get("ODOO_DEB") or ODOO_VERSION
        once("odoo", key, "Odoo 19.0 (download and unpack)", _unpack_odoo)
    requirements = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
    once("venv", digest(*requirements, str(odoo_source()), platform.python_version()), "Python packages", _venv)
    once("pdf", digest(FONTS), "PDF printing and fonts", _pdf)


def _release():
    values = dict(
        line.rstrip().split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line
    )
    return values.get("VERSION_CODENAME", "").strip('"')


def _apt_options():
    """Write a private source list from the machine's own mirror; the system's package state stays untouched."""
    if not shutil.which("apt-get"):
        raise Failure("apt-get is missing. Set ODOO_PATH to an Odoo 19.0 checkout, or ODOO_DEB to its package.")
    release = _release()
    targets = ["apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)", "Created-By: Packages"]
    lines = run([*targets, f"Release: {release}", "Component: main"], capture=True).stdout.split()
    if not lines:
        raise Failure("apt knows no archive for this release. Set ODOO_PATH or ODOO_DEB instead.")
    folder = STATE / "apt"
    for sub in ("lists/partial", "cache/archives/partial"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    key = "/usr/share/keyrings/debian-archive-keyring.gpg"
    sources = "".join(f"deb [signed-by={key}] {lines[0]} {suite} main\n" for suite in ("sid", release))
    (folder / "sources.list").write_text(sources)
    settings = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
    }
    return ["-qq", *(part for name, value in settings.items() for part in ("-o", f"{name}={value}"))]


def _unpack_odoo():
    debs = STATE / "debs"
    debs.mkdir(exist_ok=True)
    given = os.environ.get("ODOO_DEB")
    options = _apt_options()
    if run(["apt-get", *options, "update"], check=False, capture=True).returncode:
        raise Failure("The package archive cannot be reached. Check the network, or set ODOO_PATH / ODOO_DEB.")
    wanted = [name.format(release=_release()) for name in PACKAGES if not (given and name.startswith("odoo"))]
    done = run(["apt-get", *options, "download", *wanted], cwd=debs, check=False, capture=True)
    if done.returncode:
        raise Failure(
            f"odoo-19 is not in the archive any more. Set ODOO_PATH or ODOO_DEB. ({done.stderr.strip()[-300:]})"
        )
    found = next(debs.glob("odoo-19_*.deb"), None)
    if found and ODOO_VERSION not in found.name.replace("%2b", "+"):
        print(f" (newer than the tested {ODOO_VERSION}: {found.name})", end="")
    shutil.rmtree(PREFIX, ignore_errors=True)
    PREFIX.mkdir()
    for package in [*sorted(debs.glob("*.deb")), *([Path(given)] if given else [])]:
        _extract(package)
    for leftover in ("addons", "setup", "doc"):
        shutil.rmtree(odoo_source() / leftover, ignore_errors=True)
    script = odoo_source() / "odoo" / "addons" / STRIPPED_SCRIPT
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("// left out by the distribution\n")


def _extract(package):
    """Unpack without the translations nobody here reads: they are two thirds of the package."""
    tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    unpack = [
        "tar",
        "-x",
        "-C",
        PREFIX,
        "--exclude=./usr/lib/python3/dist-packages/addons",
        "--exclude=*/i18n/[!z]*.po",
    ]
    done = subprocess.run(unpack, stdin=tar.stdout, check=False)
    if done.returncode or tar.wait():
        raise Failure(f"{package.name} could not be unpacked. Remove .odoo/debs and try again.")


def _venv():
    if not python().exists():
        run(["python3", "-m", "venv", VENV], log="setup.log")
    site = next((VENV / "lib").glob("python3*/site-packages"))
    (site / "odoo.pth").write_text(f"{odoo_source()}\n")
    info = site / "odoo-19.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n")
    (info / "INSTALLER").write_text("dev")
    (info / "RECORD").write_text("")
    pip = [python(), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    for name in ("requirements.txt", "requirements-dev.txt"):
        run([*pip, "-r", ROOT / name], log="setup.log")
    # The drawing backend of barcodes works on cairocffi; its declared alternative would have to be compiled.
    run([*pip, "--no-deps", "rlPyCairo==0.4.0"], log="setup.log")


def _pdf():
    site = next((VENV / "lib").glob("python3*/site-packages"))
    binary = site / "pydf" / "bin" / "wkhtmltopdf"
    binary.chmod(0o755)
    link(binary, "wkhtmltopdf")
    fonts = PREFIX / "usr" / "share" / "fonts"
    (STATE / "fonts.conf").write_text(FONTS.format(fonts=fonts, cache=STATE / "fontcache"))
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, env=environment(), check=False)
    if "patched qt" not in done.stdout:
        raise Failure(f"wkhtmltopdf does not start: {done.stderr.strip()}. Install libxrender1 libxext6 fontconfig.")


def link(target, name):
    place = BIN / name
    place.unlink(missing_ok=True)
    place.symlink_to(target)

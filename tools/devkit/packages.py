"""The Python packages of Odoo and of the tools, in an environment of their own; PDF printing and fonts."""

import os
import platform
import shutil
import subprocess
import sys

from .archive import odoo_source
from .base import PREFIX, ROOT, STATE, VENV, Failure, digest, environment, link, log_tail, once, python, run

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
# Draws QR codes and barcodes over cairocffi; the alternative it declares would have to be compiled.
WITHOUT_DEPENDENCIES = "rlPyCairo==0.4.0"
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


def setup():
    base = digest(ROOT, platform.python_version(), platform.machine())
    once("venv", base, "Python environment", _create)
    key = digest(base, *(ROOT / name for name in REQUIREMENTS), WITHOUT_DEPENDENCIES, odoo_source())
    once("packages", key, "Python packages", _install)
    once("printing", digest(key, FONTS), "PDF printing and fonts", _printing)


def pip(*arguments):
    """Install Python packages into the environment."""
    command = [python(), "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments]
    if run(command, log="setup.log", check=False).returncode:
        tail = log_tail("setup.log", 6)
        raise Failure(f"pip could not install: check the network, or pip's index setting.\n{tail}")


def site_packages():
    return next((VENV / "lib").glob("python3*/site-packages"))


def _create():
    shutil.rmtree(VENV, ignore_errors=True)
    (STATE / "stamps" / "packages").unlink(missing_ok=True)
    chosen = os.environ.get("PYTHON", sys.executable)
    if run([chosen, "-m", "venv", VENV], log="setup.log", check=False).returncode:
        raise Failure(f"{chosen} has no venv. Install python3-venv, or set PYTHON to another Python 3.10 to 3.13.")


def _install():
    # Tell pip that Odoo is here already: its own metadata would pull in packages that must be compiled.
    site = site_packages()
    (site / "odoo.pth").write_text(f"{odoo_source()}\n")
    info = site / "odoo-19.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n")
    (info / "INSTALLER").write_text("dev")
    (info / "RECORD").write_text("")
    pip(*(part for name in REQUIREMENTS for part in ("-r", ROOT / name)))
    pip("--no-deps", WITHOUT_DEPENDENCIES)


def _printing():
    """Offer the wkhtmltopdf with patched Qt: without the patch there are no page headers and no text to search."""
    fonts = PREFIX / "usr" / "share" / "fonts"
    (STATE / "fonts.conf").write_text(FONTS.format(fonts=fonts, cache=STATE / "fontcache"))
    binary = site_packages() / "pydf" / "bin" / "wkhtmltopdf"
    binary.chmod(0o755)
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, env=environment(), check=False)
    except OSError as error:
        raise Failure(f"wkhtmltopdf does not start on this machine ({error}). PDF printing needs x86-64.") from error
    if "patched qt" not in done.stdout:
        way_out = "Install libxrender1 libxext6 libx11-6 libfontconfig1 libfreetype6."
        raise Failure(f"wkhtmltopdf does not start: {done.stderr.strip()[-200:]} {way_out}")
    link(binary, "wkhtmltopdf")

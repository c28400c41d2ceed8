"""What nobody should send: broken and odd pictures, links and messages.

`HOSTILE=20 python -m pytest tests/hostile` tries twenty times as many of those that are made by
chance as the tests do otherwise, and gives every odd picture to every page that takes one: hours.
"""

import os

# How many times as many of what is made by chance.
TIMES = int(os.environ.get("HOSTILE", "1"))

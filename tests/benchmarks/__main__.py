"""`python -m tests.benchmarks` measures, and prints one table. What is over its limit says so."""

import os
import sys

from tests.benchmarks import classifier, core, hover, slider, start, table
from tests.benchmarks.browser import chromium


def main() -> None:
    """Run every measurement, the browser's first: TensorFlow in this process would disturb them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # the table is what should stand out
    rows = start.import_of_layers()
    with chromium() as browser:
        for measure in (
            start.first_paint,
            slider.against_bare_page,
            slider.sent_to_browser,
            hover.highlight,
            classifier.stroke_against_bare_page,
        ):
            print(f"measuring {measure.__name__} ...", file=sys.stderr)
            rows += measure(browser)
    rows += core.convolve_against_tensorflow() + core.explain_one_cell()
    rows += classifier.answers()
    table.print_table(rows)


if __name__ == "__main__":
    main()

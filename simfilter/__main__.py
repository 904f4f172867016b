"""`python -m simfilter` is `simfilter`."""

from simfilter.cli import main

main()

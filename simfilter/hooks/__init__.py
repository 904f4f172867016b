"""Hooks: simfilter in other people's generation loops, one file each, strangers to each other.

A hook translates a framework's life cycle into the verbs of a `Stream` and holds neither matching nor policy. Importing one imports its
framework only where it must subclass something there.
"""

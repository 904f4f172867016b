"""A story and a function that tests and screenshots protect."""

STORY = ("The keeper of the northern light wrote down every ship that passed, although nobody had asked her to, and when the harbour "
         "office burned the winter she turned sixty, her ledgers were the only record that any of those voyages had taken place.")
FUNCTION = '''def merge_intervals(intervals, gap=0):
    """Join intervals that touch or overlap."""
    merged = []
    for start, end in sorted(intervals):
        if merged and start - merged[-1][1] <= gap:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return [stretch for stretch in merged if stretch[1] - stretch[0] > gap]
'''

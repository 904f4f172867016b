#include "simfilter/sf_gather.h"

#include <stdlib.h>
#include <string.h>

#include "sf_mix.h"

/* The first place in low .. high whose pair is not less than the hash. */
static size_t lower_bound(const uint32_t *pairs, size_t low, size_t high, uint32_t hash)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pairs[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void sf_gather_find(const uint32_t *pairs, size_t p, const uint32_t *hashes, size_t n, uint64_t *low, uint64_t *high)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t hash = hashes[i];
        size_t from = (size_t)((double)p * hash / 4294967296.0), to = from, step = 16;
        while (from > 0 && pairs[from - 1] >= hash) {
            to = from;
            from -= step < from ? step : from;
            step *= 2;
        }
        for (step = 16; to < p && pairs[to] < hash; step *= 2) {
            from = to + 1;
            to += step < p - to ? step : p - to;
        }
        size_t first = lower_bound(pairs, from, to, hash), last = first;
        for (step = 1; last < p && pairs[last] == hash; step *= 2) {
            from = last + 1;
            last += step < p - last ? step : p - last;
        }
        low[i] = first;
        high[i] = last == first || hash == UINT32_MAX ? last : lower_bound(pairs, from, last, hash + 1);
    }
}

typedef struct {
    uint64_t document, row, column; /* of the windows over the source, and over the query; a half more than they are */
    uint64_t query[2], source[2];   /* of the first and last seed */
    double bits;
} cell;

static int heaviest_first(const void *a, const void *b)
{
    const cell *left = a, *right = b;
    if (left->bits != right->bits)
        return left->bits < right->bits ? 1 : -1;
    if (left->document != right->document)
        return left->document < right->document ? -1 : 1;
    if (left->row != right->row)
        return left->row < right->row ? -1 : 1;
    return (left->column > right->column) - (left->column < right->column);
}

typedef struct {
    cell *cells;
    size_t count;
    uint32_t *known; /* [size]: 1 + a cell, by where it lies */
    uint64_t *seen;  /* [size]: 1 + (a cell, a statement of the query) */
    size_t size;     /* a power of two */
} grid;

/* The cell that lies there, made when it is new. */
static size_t cell_at(grid *g, uint64_t document, uint64_t row, uint64_t column)
{
    size_t at = (size_t)sf_mix(sf_mix(document) + (row << 32 | column)) & (g->size - 1);
    for (; g->known[at] != 0; at = (at + 1) & (g->size - 1)) {
        const cell *here = &g->cells[g->known[at] - 1];
        if (here->document == document && here->row == row && here->column == column)
            return g->known[at] - 1;
    }
    g->cells[g->count] = (cell){document, row, column, {UINT64_MAX, 0}, {UINT64_MAX, 0}, 0};
    g->known[at] = (uint32_t)++g->count;
    return g->count - 1;
}

static void put(grid *g, size_t where, uint64_t query, uint64_t source, double bits)
{
    cell *here = &g->cells[where];
    uint64_t key = ((uint64_t)where << 32 | query) + 1;
    here->query[0] = query < here->query[0] ? query : here->query[0];
    here->query[1] = query > here->query[1] ? query : here->query[1];
    here->source[0] = source < here->source[0] ? source : here->source[0];
    here->source[1] = source > here->source[1] ? source : here->source[1];
    size_t at = (size_t)sf_mix(key) & (g->size - 1);
    while (g->seen[at] != 0 && g->seen[at] != key)
        at = (at + 1) & (g->size - 1);
    if (g->seen[at] == 0) { /* the first is the rarest */
        g->seen[at] = key;
        here->bits += bits;
    }
}

static sf_status fill(grid *g, const uint32_t *query, const uint64_t *source, const double *bits, size_t n, size_t m,
                      const uint64_t *firsts, size_t documents, uint32_t size)
{
    size_t document = 0;
    for (size_t i = 0; i < n; i++) {
        if (documents == 0 || source[i] < firsts[0] || source[i] >= firsts[documents] || query[i] + (size_t)1 >= m)
            return SF_ERR_ARGUMENT;
        if (source[i] < firsts[document] || source[i] >= firsts[document + 1]) {
            size_t low = 0, high = documents;
            while (high - low > 1) {
                size_t middle = low + (high - low) / 2;
                if (firsts[middle] <= source[i])
                    low = middle;
                else
                    high = middle;
            }
            document = low;
        }
        uint64_t row = (source[i] - firsts[document]) / size, column = m > 2 * (size_t)size ? query[i] / size : 0;
        for (uint64_t back = 0; back < 2; back++)
            for (uint64_t left = 0; left < (m > 2 * (size_t)size ? 2 : 1); left++)
                put(g, cell_at(g, document, row + 1 - back, column + 1 - left), query[i], source[i], bits[i]);
    }
    return SF_OK;
}

static uint64_t overlap(const uint64_t *a, const uint64_t *b)
{
    uint64_t low = a[0] > b[0] ? a[0] : b[0], high = a[1] < b[1] ? a[1] : b[1];
    return low < high ? high - low : 0;
}

/* Whether at least half of a window lies in another. */
static int inside(const sf_gather_window *window, const sf_gather_window *other)
{
    return window->document == other->document && 2 * overlap(window->query, other->query) >= window->query[1] - window->query[0]
           && 2 * overlap(window->source, other->source) >= window->source[1] - window->source[0];
}

static size_t choose(const grid *g, size_t m, const uint64_t *firsts, const sf_gather_limits *limits, uint64_t *depth, double *peak,
                     sf_gather_window *windows, size_t capacity)
{
    size_t found = 0;
    for (size_t c = 0; c < g->count && found < capacity && g->cells[c].bits >= limits->least; c++) {
        const cell *here = &g->cells[c];
        uint64_t first = here->query[0], last = here->query[1] + 2, lain = 0, margin = limits->margin;
        double best = 0;
        for (uint64_t i = first; i < last; i++) {
            lain += depth[i];
            best = peak[i] > best ? peak[i] : best;
        }
        if (here->bits < limits->share * best || lain >= limits->most * (last - first))
            continue;
        for (uint64_t i = first; i < last; i++) {
            depth[i]++;
            peak[i] = here->bits > peak[i] ? here->bits : peak[i];
        }
        uint64_t begin = firsts[here->document], end = firsts[here->document + 1], behind = here->source[1] + 2 + margin;
        sf_gather_window window = {
            here->document,
            {first > margin ? first - margin : 0, last + margin < m ? last + margin : m},
            {here->source[0] - begin > margin ? here->source[0] - margin : begin, behind < end ? behind : end},
            here->bits};
        size_t other = 0;
        while (other < found && !inside(&window, &windows[other]))
            other++;
        if (other == found)
            windows[found++] = window;
    }
    return found;
}

sf_status sf_gather(const uint32_t *query, const uint64_t *source, const double *bits, size_t n, size_t m, const uint64_t *firsts,
                    size_t documents, const sf_gather_limits *limits, sf_gather_window *windows, size_t capacity, size_t *count)
{
    *count = 0;
    if (limits->size == 0 || n > UINT32_MAX / 8)
        return SF_ERR_ARGUMENT;
    grid g = {.size = 16};
    while (g.size < 8 * n)
        g.size *= 2;
    g.cells = malloc((4 * n + 1) * sizeof *g.cells);
    g.known = calloc(g.size, sizeof *g.known);
    g.seen = calloc(g.size, sizeof *g.seen);
    uint64_t *depth = calloc(m + 1, sizeof *depth);
    double *peak = calloc(m + 1, sizeof *peak);
    sf_status status = SF_ERR_MEMORY;
    if (g.cells && g.known && g.seen && depth && peak)
        status = fill(&g, query, source, bits, n, m, firsts, documents, limits->size);
    if (status == SF_OK) {
        qsort(g.cells, g.count, sizeof *g.cells, heaviest_first);
        *count = choose(&g, m, firsts, limits, depth, peak, windows, capacity);
    }
    free(g.cells);
    free(g.known);
    free(g.seen);
    free(depth);
    free(peak);
    return status;
}

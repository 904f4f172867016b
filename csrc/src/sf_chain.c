#include "simfilter/sf_chain.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* The best score of the anchors whose source rank is at most a given one, as a Fenwick tree of maxima. */
typedef struct {
    double *best;
    uint32_t *who;
    size_t n;
} prefix_maximum;

static void raise_to(prefix_maximum *tree, size_t rank, double score, uint32_t anchor)
{
    for (size_t at = rank + 1; at <= tree->n; at += at & (0 - at))
        if (score > tree->best[at]) {
            tree->best[at] = score;
            tree->who[at] = anchor;
        }
}

/* Over the ranks below `rank`. */
static void best_before(const prefix_maximum *tree, size_t rank, uint32_t *anchor)
{
    double best = -DBL_MAX;
    for (size_t at = rank; at > 0; at -= at & (0 - at))
        if (tree->best[at] > best) {
            best = tree->best[at];
            *anchor = tree->who[at];
        }
}

/* Anchors, chains and groups as they are sorted: by key, or the heaviest first; equal ones by their numbers. */
typedef struct {
    uint64_t key;
    double weight;
    uint32_t first, end; /* of anchors of a chain, or members of a group */
    uint32_t number;
} weighed;

static int compare_key(const void *a, const void *b)
{
    const weighed *left = a, *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

static int compare_weight(const void *a, const void *b)
{
    const weighed *left = a, *right = b;
    if (left->weight != right->weight)
        return left->weight > right->weight ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

/* Equal tokens, and the place they had among all that were given. */
typedef struct {
    uint64_t source, document;
    uint32_t query, length, number;
    float weight;
} anchor;

/* What joining `to` to the chain of score `score` that ends in `from` gains over starting anew, the overlap of the two, which `to` gives up,
 * taken off; 0 when they are too far apart or nothing of `to` is left. */
static double gain(const anchor *from, const anchor *to, double score, float gap_cost, uint32_t max_gap)
{
    uint64_t query_end = (uint64_t)from->query + from->length, source_end = from->source + from->length;
    uint64_t query_overlap = query_end > to->query ? query_end - to->query : 0;
    uint64_t source_overlap = source_end > to->source ? source_end - to->source : 0;
    uint64_t overlap = query_overlap > source_overlap ? query_overlap : source_overlap;
    if (overlap >= to->length)
        return 0;
    uint64_t query_gap = to->query + overlap - query_end, source_gap = to->source + overlap - source_end;
    if (query_gap > max_gap || source_gap > max_gap)
        return 0;
    double gained = score - gap_cost * (double)(query_gap + source_gap) - (double)to->weight * (double)overlap / to->length;
    return gained > 0 ? gained : 0;
}

static int are_sorted(const uint32_t *query, const uint64_t *source, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (query[i] < query[i - 1] || (query[i] == query[i - 1] && source[i] < source[i - 1]))
            return 0;
    return 1;
}

static void sort_by_source(const anchor *anchors, size_t n, weighed *sorted)
{
    for (size_t i = 0; i < n; i++)
        sorted[i] = (weighed){anchors[i].source, 0, 0, 0, (uint32_t)i};
    qsort(sorted, n, sizeof *sorted, compare_key);
}

/* As sf_chain, of anchors of which `sorted` tells the order by source. */
static sf_status chain_anchors(const anchor *anchors, const weighed *sorted, size_t n, float gap_cost, uint32_t max_gap, uint32_t *chain,
                               size_t *chains)
{
    *chains = 0;
    prefix_maximum tree = {malloc((n + 1) * sizeof(double)), malloc((n + 1) * sizeof(uint32_t)), n};
    weighed *ranked = malloc((n + 1) * sizeof *ranked);
    uint32_t *rank = malloc((n + 1) * sizeof *rank), *previous = malloc((n + 1) * sizeof *previous);
    sf_status status = tree.best && tree.who && ranked && rank && previous ? SF_OK : SF_ERR_MEMORY;
    if (status == SF_OK) {
        for (size_t i = 0; i <= n; i++)
            tree.best[i] = -DBL_MAX;
        for (size_t i = 0; i < n; i++) /* equal sources share the first's rank, so that none precedes the other */
            rank[sorted[i].number] = i > 0 && sorted[i].key == sorted[i - 1].key ? rank[sorted[i - 1].number] : (uint32_t)i;
        for (size_t i = 0, same; i < n; i = same) { /* anchors that start at one query token see only those before it */
            for (same = i; same < n && anchors[same].query == anchors[i].query; same++) {
                uint32_t from = SF_CHAIN_NONE;
                best_before(&tree, rank[same], &from);
                double joined = from == SF_CHAIN_NONE ? 0 : gain(&anchors[from], &anchors[same], ranked[from].weight, gap_cost, max_gap);
                previous[same] = joined > 0 ? from : SF_CHAIN_NONE;
                ranked[same] = (weighed){0, anchors[same].weight + joined, 0, 0, (uint32_t)same};
            }
            for (size_t j = i; j < same; j++) {
                double ends = (double)anchors[j].query + (double)anchors[j].source + 2.0 * anchors[j].length;
                raise_to(&tree, rank[j], ranked[j].weight + gap_cost * ends, (uint32_t)j);
            }
        }
        for (size_t i = 0; i < n; i++)
            chain[i] = SF_CHAIN_NONE;
        qsort(ranked, n, sizeof *ranked, compare_weight);
        for (size_t i = 0; i < n; i++) {
            if (chain[ranked[i].number] != SF_CHAIN_NONE)
                continue;
            for (uint32_t at = ranked[i].number; at != SF_CHAIN_NONE && chain[at] == SF_CHAIN_NONE; at = previous[at])
                chain[at] = (uint32_t)*chains;
            ++*chains;
        }
    }
    free(tree.best);
    free(tree.who);
    free(ranked);
    free(rank);
    free(previous);
    return status;
}

sf_status sf_chain(const uint32_t *query, const uint64_t *source, const uint32_t *length, const float *weight, size_t n, float gap_cost,
                   uint32_t max_gap, uint32_t *chain, size_t *chains)
{
    *chains = 0;
    if (n >= UINT32_MAX || !(gap_cost > 0) || !are_sorted(query, source, n))
        return SF_ERR_ARGUMENT;
    anchor *anchors = malloc((n + 1) * sizeof *anchors);
    weighed *sorted = malloc((n + 1) * sizeof *sorted);
    sf_status status = anchors && sorted ? SF_OK : SF_ERR_MEMORY;
    if (status == SF_OK) {
        for (size_t i = 0; i < n; i++)
            anchors[i] = (anchor){source[i], 0, query[i], length[i], (uint32_t)i, weight[i]};
        sort_by_source(anchors, n, sorted);
        status = chain_anchors(anchors, sorted, n, gap_cost, max_gap, chain, chains);
    }
    free(anchors);
    free(sorted);
    return status;
}

/* What a chain is and where it lies: its tokens, half-open, in query and source, and its anchors among all. */
typedef struct {
    uint64_t document, query[2], source[2];
    double weight;
    uint32_t first, end;
} hull;

typedef struct {
    uint64_t query[2], source[2];
    size_t last; /* member that joined last */
} gathering;

static double tokens_between(const uint64_t *a, const uint64_t *b)
{
    return a[0] > b[1] ? (double)(a[0] - b[1]) : b[0] > a[1] ? (double)(b[0] - a[1]) : 0;
}

static void widen(uint64_t *bounds, const uint64_t *by)
{
    bounds[0] = by[0] < bounds[0] ? by[0] : bounds[0];
    bounds[1] = by[1] > bounds[1] ? by[1] : bounds[1];
}

static uint64_t shared(const uint64_t *a, const uint64_t *b)
{
    uint64_t low = a[0] > b[0] ? a[0] : b[0], high = a[1] < b[1] ? a[1] : b[1];
    return high > low ? high - low : 0;
}

/* Whether more than half of the equal tokens of a chain are equal tokens of another as well. */
static int repeats(const hull *c, const hull *other, const anchor *anchors, const weighed *parts)
{
    uint64_t tokens = 0, again = 0;
    if (!shared(c->source, other->source))
        return 0;
    for (uint32_t i = c->first, from = other->first; i < c->end; i++) {
        const anchor *mine = &anchors[parts[i].number];
        const uint64_t here[2] = {mine->source, mine->source + mine->length};
        tokens += mine->length;
        for (uint32_t j = from; j < other->end; j++) {
            const anchor *theirs = &anchors[parts[j].number];
            const uint64_t there[2] = {theirs->source, theirs->source + theirs->length};
            if (there[0] >= here[1])
                break;
            from += there[1] <= here[0] && j == from; /* behind it for all that follow */
            again += shared(here, there);
        }
    }
    return 2 * again > tokens;
}

static int joins(const hull *chains, size_t i, const gathering *g, const size_t *before, const anchor *anchors, const weighed *parts,
                 const sf_chain_group_costs *costs)
{
    const hull *c = &chains[i];
    double asked = costs->part + costs->apart[0] * tokens_between(c->query, g->query) + costs->apart[1] * tokens_between(c->source, g->source);
    if (c->weight < asked)
        return 0;
    for (size_t member = g->last;; member = before[member]) {
        if (2 * shared(c->query, chains[member].query) > c->query[1] - c->query[0] || repeats(c, &chains[member], anchors, parts))
            return 0;
        if (before[member] == member)
            return 1;
    }
}

/* The group of each of n chains, from 0 in the order they were begun; those of one document stand one after another, the heaviest first. */
static sf_status gather(const hull *chains, size_t n, const anchor *anchors, const weighed *parts, const sf_chain_group_costs *costs,
                        uint32_t *group, size_t *groups)
{
    gathering *found = malloc((n + 1) * sizeof *found);
    size_t *before = malloc((n + 1) * sizeof *before); /* the member that joined before; the first stands for itself */
    size_t count = 0, begun = 0, first = 0;
    sf_status status = found && before ? SF_OK : SF_ERR_MEMORY;
    for (size_t i = 0; i < n && status == SF_OK; i++) {
        if (i > 0 && chains[i].document != chains[i - 1].document) {
            first = i;
            begun = count;
        }
        size_t g = i - first < costs->most ? begun : count;
        while (g < count && !joins(chains, i, &found[g], before, anchors, parts, costs))
            g++;
        if (g == count) {
            found[count++] = (gathering){{chains[i].query[0], chains[i].query[1]}, {chains[i].source[0], chains[i].source[1]}, i};
            before[i] = i;
        } else {
            widen(found[g].query, chains[i].query);
            widen(found[g].source, chains[i].source);
            before[i] = found[g].last;
            found[g].last = i;
        }
        group[i] = (uint32_t)g;
    }
    *groups = count;
    free(found);
    free(before);
    return status;
}

static int compare_key_weight(const void *a, const void *b)
{
    const weighed *left = a, *right = b;
    return left->key != right->key ? compare_key(a, b) : compare_weight(a, b);
}

/* Leave out the anchors that are too light together with all that lies near them in the source: nothing lighter than a copy is joined to
 * what is further off than max_gap, or than the part it would be may lie from its group. Most of what innocent text shares with a large
 * corpus goes here. How many are left, in order; `sorted` tells theirs by source. */
static size_t near_enough(anchor *anchors, size_t n, const sf_chain_costs *costs, weighed *sorted, uint32_t *place)
{
    double apart = (costs->copy - costs->group.part) / costs->group.apart[1], reach = apart > costs->max_gap ? apart : costs->max_gap;
    size_t left = 0, count = 0;
    sort_by_source(anchors, n, sorted);
    for (size_t i = 0; i < n; i++)
        place[i] = SF_CHAIN_NONE;
    for (size_t begin = 0, end; begin < n; begin = end) {
        double weight = 0, behind = 0; /* where the last of them ends */
        for (end = begin; end < n && (end == begin || (double)sorted[end].key - behind <= reach); end++) {
            const anchor *a = &anchors[sorted[end].number];
            behind = fmax(behind, (double)a->source + a->length);
            weight += (double)a->weight;
        }
        for (size_t i = begin; i < end && weight > costs->copy - 1e-6; i++) { /* sums may differ by their order */
            place[sorted[i].number] = 0;
            sorted[left++] = sorted[i];
        }
    }
    for (size_t i = 0; i < n; i++)
        if (place[i] == 0) {
            place[i] = (uint32_t)count;
            anchors[count++] = anchors[i];
        }
    for (size_t i = 0; i < left; i++)
        sorted[i].number = place[sorted[i].number];
    return count;
}

/* Of n anchors in `parts`, keyed by document, those of the documents that share enough with the query and most; how many. */
static size_t promising(weighed *parts, size_t n, weighed *sums, const sf_chain_costs *costs)
{
    size_t documents = 0, good = 0, kept = 0;
    qsort(parts, n, sizeof *parts, compare_key);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || parts[i].key != parts[i - 1].key)
            sums[documents++] = (weighed){parts[i].key, 0, (uint32_t)i, (uint32_t)i, (uint32_t)documents};
        sums[documents - 1].weight += parts[i].weight;
        sums[documents - 1].end = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < documents; i++)
        good += sums[i].weight >= costs->copy;
    double least = costs->copy;
    if (good > costs->documents) {
        qsort(sums, documents, sizeof *sums, compare_weight);
        least = sums[costs->documents - 1].weight > least ? sums[costs->documents - 1].weight : least;
        qsort(sums, documents, sizeof *sums, compare_key);
    }
    for (size_t i = 0; i < documents; i++)
        for (uint32_t at = sums[i].first; sums[i].weight >= least && at < sums[i].end; at++)
            parts[kept++] = parts[at];
    return kept;
}

/* The groups of the `count` chains in `pieces`, of the anchors `parts` tells the numbers of, written to `found`. */
static sf_status propose(weighed *pieces, size_t count, const anchor *anchors, const weighed *parts, const sf_chain_costs *costs,
                         weighed *groups, sf_chain_copies *found)
{
    hull *hulls = malloc((count + 1) * sizeof *hulls);
    uint32_t *group = malloc((count + 1) * sizeof *group), at = 0, chains = 0;
    size_t group_count = 0;
    sf_status status = hulls && group ? SF_OK : SF_ERR_MEMORY;
    if (status == SF_OK) {
        qsort(pieces, count, sizeof *pieces, compare_key_weight);
        for (size_t i = 0; i < count; i++) {
            const anchor *first = &anchors[parts[pieces[i].first].number], *last = &anchors[parts[pieces[i].end - 1].number];
            hulls[i] = (hull){pieces[i].key, {first->query, (uint64_t)last->query + last->length},
                              {first->source, last->source + last->length}, pieces[i].weight, pieces[i].first, pieces[i].end};
        }
        status = gather(hulls, count, anchors, parts, &costs->group, group, &group_count);
    }
    if (status == SF_OK) {
        for (size_t g = 0; g < group_count; g++)
            groups[g] = (weighed){0, 0, 0, 0, (uint32_t)g};
        for (size_t i = 0; i < count; i++) {
            groups[group[i]].weight += pieces[i].weight;
            pieces[i].key = group[i];
            pieces[i].number = (uint32_t)i;
        }
        qsort(pieces, count, sizeof *pieces, compare_key);
        for (uint32_t i = 0; i < count; i++) {
            if (i == 0 || pieces[i].key != pieces[i - 1].key)
                groups[pieces[i].key].first = i;
            groups[pieces[i].key].end = i + 1;
        }
        qsort(groups, group_count, sizeof *groups, compare_weight);
        for (size_t g = 0; g < group_count && groups[g].weight >= costs->copy; g++) {
            for (uint32_t i = groups[g].first; i < groups[g].end; i++) {
                for (uint32_t part = pieces[i].first; part < pieces[i].end; part++)
                    found->anchors[at++] = anchors[parts[part].number].number;
                found->chain_weight[chains] = pieces[i].weight;
                found->chain_end[chains++] = at;
            }
            found->copy_end[found->copies++] = chains;
        }
    }
    free(hulls);
    free(group);
    return status;
}

sf_status sf_chain_propose(const uint32_t *query, const uint64_t *source, const uint32_t *length, const uint64_t *document, size_t n,
                           const float *worth, size_t tokens, const sf_chain_costs *costs, sf_chain_copies *found)
{
    found->copies = 0;
    if (n >= UINT32_MAX || !(costs->gap_cost > 0) || !are_sorted(query, source, n))
        return SF_ERR_ARGUMENT;
    for (size_t i = 0; i < n; i++)
        if (query[i] > tokens || length[i] > tokens - query[i])
            return SF_ERR_ARGUMENT;
    double *before = malloc((tokens + 1) * sizeof *before), *heavy = calloc(n + 1, sizeof *heavy);
    uint32_t *chain = malloc((n + 1) * sizeof *chain);
    anchor *anchors = malloc((n + 1) * sizeof *anchors);
    weighed *parts = malloc((n + 1) * sizeof *parts), *pieces = malloc((n + 1) * sizeof *pieces), *sums = malloc((n + 1) * sizeof *sums);
    size_t chains = 0, kept = 0, count = 0;
    sf_status status = before && heavy && chain && anchors && parts && pieces && sums ? SF_OK : SF_ERR_MEMORY;
    if (status == SF_OK) {
        before[0] = 0;
        for (size_t i = 0; i < tokens; i++)
            before[i + 1] = before[i] + (double)worth[i];
        for (size_t i = 0; i < n; i++)
            anchors[i] = (anchor){source[i], document[i], query[i], length[i], (uint32_t)i,
                                  (float)fmax(before[query[i] + length[i]] - before[query[i]], 1e-3)};
        n = near_enough(anchors, n, costs, sums, chain);
    }
    if (status == SF_OK && n)
        status = chain_anchors(anchors, sums, n, costs->gap_cost, costs->max_gap, chain, &chains);
    if (status == SF_OK && n) {
        for (size_t i = 0; i < n; i++)
            heavy[chain[i]] += (double)anchors[i].weight;
        for (size_t i = 0; i < n; i++)
            if (heavy[chain[i]] >= costs->part)
                parts[kept++] = (weighed){anchors[i].document, anchors[i].weight, 0, 0, (uint32_t)i};
        kept = promising(parts, kept, sums, costs);
        for (size_t i = 0; i < kept; i++) /* sorted by chain; within one, as documents do, sources ascend */
            parts[i].key = chain[parts[i].number];
        qsort(parts, kept, sizeof *parts, compare_key);
        for (uint32_t i = 0; i < kept; i++) {
            uint64_t of = anchors[parts[i].number].document;
            if (i == 0 || parts[i].key != parts[i - 1].key || of != pieces[count - 1].key) {
                pieces[count] = (weighed){of, 0, i, i, (uint32_t)count};
                count++;
            }
            pieces[count - 1].weight += parts[i].weight;
            pieces[count - 1].end = i + 1;
        }
        if (count)
            status = propose(pieces, count, anchors, parts, costs, sums, found);
    }
    free(before);
    free(heavy);
    free(chain);
    free(anchors);
    free(parts);
    free(pieces);
    free(sums);
    return status;
}

void sf_chain_weigh(const uint32_t *starts, const uint32_t *ends, size_t n, const float *worth, size_t sizes, float *weight)
{
    for (size_t i = 0; i < n; i++) {
        size_t size = ends[i] - starts[i];
        weight[i] = worth[size < sizes ? size : sizes - 1];
    }
}

#include "simfilter/sf_suffix.h"

#include <stdlib.h>
#include <string.h>

#include "sf_mix.h"
#include "simfilter/sf_position.h"

#if defined(__GNUC__) || defined(__clang__)
#define PREFETCH(p) __builtin_prefetch(p)
#define PREFETCH_WRITE(p) __builtin_prefetch(p, 1)
#else
#define PREFETCH(p) ((void)(p))
#define PREFETCH_WRITE(p) ((void)(p))
#endif

#define INDEX int32_t
#define NAME(x) x##_32
#include "sf_suffix_sais.inc"
#undef INDEX
#undef NAME
#define INDEX int64_t
#define NAME(x) x##_64
#include "sf_suffix_sais.inc"
#undef INDEX
#undef NAME

sf_status sf_suffix_build32(const uint32_t *symbols, size_t n, int32_t *sa)
{
    return n > INT32_MAX ? SF_ERR_ARGUMENT : build_32(symbols, (int32_t)n, sa);
}

sf_status sf_suffix_build64(const uint32_t *symbols, size_t n, int64_t *sa)
{
    return (uint64_t)n >= (uint64_t)1 << 60 ? SF_ERR_ARGUMENT : build_64(symbols, (int64_t)n, sa);
}

static inline uint64_t start_at(const sf_suffix_view *view, uint64_t rank)
{
    return view->width == 4 ? ((const uint32_t *)view->sa)[rank] : ((const uint64_t *)view->sa)[rank];
}

static inline void prefetch_start(const sf_suffix_view *view, uint64_t rank)
{
    if (rank < view->n)
        PREFETCH((const char *)view->sa + rank * view->width);
}

static inline void prefetch_text(const sf_suffix_view *view, uint64_t rank)
{
    uint64_t start = start_at(view, rank);
    if (start < view->n)
        PREFETCH(view->symbols + start);
}

static int is_valid(const sf_suffix_view *view)
{
    return view->width == 4 || view->width == 8;
}

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many symbols two sequences share, of which `known` are known to be; never more than limit. */
static size_t shared(const uint32_t *a, const uint32_t *b, size_t limit, size_t known)
{
    size_t i = least(known, limit);
    while (i < limit && a[i] == b[i])
        i++;
    return i;
}

static size_t shared_from(const sf_suffix_view *view, uint64_t start, const uint32_t *pattern, size_t m)
{
    return shared(pattern, view->symbols + start, least(m, view->n - start), 0);
}

static size_t next_separator(const uint32_t *query, size_t q, size_t from)
{
    while (from < q && query[from])
        from++;
    return from;
}

/* Where a pattern would be inserted, before all suffixes that begin with it, and how much of it the suffix
 * before that place and the one behind share with it. */
typedef struct {
    uint64_t rank;
    size_t before, behind;
} landing;

/* Among the ranks [first, last), which hold all suffixes that share more than `known` symbols with it, and share those. */
static sf_status land(const sf_suffix_view *view, const uint32_t *pattern, size_t m, uint64_t first, uint64_t last, size_t known,
                      landing *landed)
{
    uint64_t lo = first, hi = last;
    size_t before = known, behind = known;
    while (lo < hi) {
        uint64_t middle = lo + (hi - lo) / 2, start = start_at(view, middle);
        prefetch_start(view, lo + (middle - lo) / 2);
        prefetch_start(view, middle + 1 + (hi - middle - 1) / 2);
        if (start >= view->n)
            return SF_ERR_FORMAT;
        size_t rest = view->n - start;
        size_t same = shared(pattern, view->symbols + start, least(m, rest), least(before, behind));
        if (same == m || (same < rest && pattern[same] < view->symbols[start + same])) {
            hi = middle;
            behind = same;
        } else {
            lo = middle + 1;
            before = same;
        }
    }
    *landed = (landing){lo, lo > first ? before : 0, lo < last ? behind : 0};
    return SF_OK;
}

static sf_status begins_with(const sf_suffix_view *view, uint64_t rank, const uint32_t *pattern, size_t m, int *yes)
{
    uint64_t start = start_at(view, rank);
    if (start >= view->n)
        return SF_ERR_FORMAT;
    *yes = view->n - start >= m && memcmp(pattern, view->symbols + start, m * sizeof *pattern) == 0;
    return SF_OK;
}

/* From a suffix that begins with the pattern, the end of its interval: upwards the first rank behind it,
 * downwards the first rank in it. Gallops, for most intervals are short. */
static sf_status interval_end(const sf_suffix_view *view, const uint32_t *pattern, size_t m, uint64_t rank, int upwards,
                              uint64_t *end)
{
    uint64_t inside = rank, room = upwards ? view->n - 1 - rank : rank, step = 1, reach = 0, limit;
    int yes = 1;
    while (reach < room) {
        uint64_t next = least(reach + step, room);
        sf_status status = begins_with(view, upwards ? rank + next : rank - next, pattern, m, &yes);
        if (status != SF_OK)
            return status;
        if (!yes) {
            limit = next; /* reach is inside, limit is not */
            while (limit - reach > 1) {
                uint64_t middle = reach + (limit - reach) / 2;
                status = begins_with(view, upwards ? rank + middle : rank - middle, pattern, m, &yes);
                if (status != SF_OK)
                    return status;
                if (yes)
                    reach = middle;
                else
                    limit = middle;
            }
            break;
        }
        reach = next;
        step *= 2;
    }
    inside = upwards ? rank + reach : rank - reach;
    *end = upwards ? inside + 1 : inside;
    return SF_OK;
}

/* Searches that go on side by side, so that memory is waited for once for all. */
enum { ABREAST = 16 };

/* A search for the interval of a pattern without 0: for its lower end first, then for the upper one. */
typedef struct {
    const sf_suffix_view *view;
    const uint32_t *pattern;
    uint64_t lo, hi, start;       /* the ranks the end is in, and where the suffix in their middle starts */
    uint64_t lower, inside, beyond; /* the lower end; behind the first suffix seen to begin with the pattern, 0 before; the least rank seen above all that do */
    size_t before, behind, above; /* how much of the pattern the suffixes below lo, at hi and at beyond share with it */
    int is_upper;
} search;

static uint64_t middle_of(const search *s)
{
    return s->lo + (s->hi - s->lo) / 2;
}

/* Take in the suffix in the middle. */
static void narrow(search *s, size_t m)
{
    uint64_t middle = middle_of(s), rest = s->view->n - s->start;
    const uint32_t *suffix = s->view->symbols + s->start;
    size_t same = shared(s->pattern, suffix, least(m, rest), least(s->before, s->behind));
    int begins = same == m;
    if (begins && !s->inside)
        s->inside = middle + 1;
    if (begins ? s->is_upper : same == rest || s->pattern[same] > suffix[same]) {
        s->lo = middle + 1;
        s->before = same;
    } else {
        s->hi = middle;
        s->behind = same;
        if (!s->inside) {
            s->beyond = middle;
            s->above = same;
        }
    }
    if (s->lo == s->hi && s->inside && !s->is_upper) {
        s->is_upper = 1;
        s->lower = s->lo;
        s->lo = s->inside;
        s->hi = s->beyond;
        s->before = m;
        s->behind = s->above;
    }
}

/* Carry at most ABREAST searches for patterns of m symbols to their ends. */
static sf_status finish(search *searches, size_t count, size_t m)
{
    search *going[ABREAST];
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        searches[i].hi = searches[i].beyond = searches[i].view->n;
        if (searches[i].hi)
            going[left++] = &searches[i];
    }
    while (left) {
        size_t still = 0;
        for (size_t i = 0; i < left; i++) {
            search *s = going[i];
            s->start = start_at(s->view, middle_of(s));
            if (s->start >= s->view->n)
                return SF_ERR_FORMAT;
            PREFETCH(s->view->symbols + s->start);
        }
        for (size_t i = 0; i < left; i++) {
            search *s = going[i];
            narrow(s, m);
            if (s->lo == s->hi)
                continue;
            prefetch_start(s->view, middle_of(s));
            going[still++] = s;
        }
        left = still;
    }
    return SF_OK;
}

/* The intervals in each view of patterns of m symbols without 0, which begin at symbols[at[i]]: of pattern i in view v at i * view_count + v. */
static sf_status intervals_of(const sf_suffix_view *views, size_t view_count, const uint32_t *symbols, const size_t *at, size_t count,
                              size_t m, uint64_t *lo, uint64_t *hi)
{
    size_t all = count * view_count;
    for (size_t begin = 0; begin < all; begin += ABREAST) {
        search searches[ABREAST];
        size_t size = least(ABREAST, all - begin);
        for (size_t i = 0; i < size; i++)
            searches[i] = (search){.view = views + (begin + i) % view_count, .pattern = symbols + at[(begin + i) / view_count]};
        sf_status status = finish(searches, size, m);
        if (status != SF_OK)
            return status;
        for (size_t i = 0; i < size; i++) {
            lo[begin + i] = searches[i].is_upper ? searches[i].lower : searches[i].lo;
            hi[begin + i] = searches[i].hi;
        }
    }
    return SF_OK;
}

static sf_status interval_of(const sf_suffix_view *view, const uint32_t *pattern, size_t m, uint64_t *lo, uint64_t *hi)
{
    const size_t at = 0;
    return intervals_of(view, 1, pattern, &at, 1, m, lo, hi);
}

/* The longest beginning of a pattern without 0 that stands in the text, and its interval: it lies in [*lo, *hi), which hold all suffixes
 * that share `known` of its symbols. */
static sf_status longest_of(const sf_suffix_view *view, const uint32_t *pattern, size_t m, size_t known, size_t *length, uint64_t *lo,
                            uint64_t *hi)
{
    landing landed;
    sf_status status = land(view, pattern, m, *lo, *hi, known, &landed);
    if (status != SF_OK)
        return status;
    *length = landed.before > landed.behind ? landed.before : landed.behind;
    *lo = *hi = landed.rank;
    if (*length == 0) {
        *lo = *hi = 0;
        return SF_OK;
    }
    if (landed.before == *length)
        status = interval_end(view, pattern, *length, landed.rank - 1, 0, lo);
    if (status == SF_OK && landed.behind == *length)
        status = interval_end(view, pattern, *length, landed.rank, 1, hi);
    return status;
}

sf_status sf_suffix_find(const sf_suffix_view *view, const uint32_t *pattern, size_t m, uint64_t *lo, uint64_t *hi)
{
    if (!is_valid(view))
        return SF_ERR_ARGUMENT;
    *lo = *hi = 0;
    if (next_separator(pattern, m, 0) < m)
        return SF_OK;
    if (m == 0) {
        *hi = view->n;
        return SF_OK;
    }
    return interval_of(view, pattern, m, lo, hi);
}

sf_status sf_suffix_counts(const sf_suffix_view *view, const uint32_t *patterns, size_t m, size_t n, int64_t *counts)
{
    if (!is_valid(view) || n == 0)
        return SF_ERR_ARGUMENT;
    for (size_t i = 0; i < m;) {
        size_t at[ABREAST], size = 0;
        uint64_t lo[ABREAST], hi[ABREAST];
        for (; i < m && size < ABREAST; i++) {
            counts[i] = 0;
            if (next_separator(patterns + i * n, n, 0) == n)
                at[size++] = i * n;
        }
        sf_status status = intervals_of(view, 1, patterns, at, size, n, lo, hi);
        if (status != SF_OK)
            return status;
        for (size_t s = 0; s < size; s++)
            counts[at[s] / n] = (int64_t)(hi[s] - lo[s]);
    }
    return SF_OK;
}

/* How many symbols a probe looks at. It costs a search to find out whether a few symbols settle a whole
 * window: fewer settle more positions when they do, and fail more often. So the size follows its success.
 * 3 is the fewest that ever settle anything in running text. */
typedef struct {
    size_t size, least, most;
} probe;

static void probe_succeeded(probe *p)
{
    if (p->size > p->least)
        p->size--;
}

static void probe_failed(probe *p)
{
    p->size = least(p->size + 2, p->most);
}

sf_status sf_suffix_statistics(const sf_suffix_view *view, const uint32_t *query, size_t q, uint32_t *length,
                               uint64_t *lo, uint64_t *hi)
{
    probe p = {4, 3, 64}; /* no unrepeated 64 tokens are ever worth a second search */
    size_t stop = 0;
    if (!is_valid(view) || (uint64_t)q > UINT32_MAX)
        return SF_ERR_ARGUMENT;
    for (size_t i = 0; i < q; i++) {
        sf_status status;
        size_t longest;
        if (stop <= i)
            stop = next_separator(query, q, i);
        if (stop == i) {
            length[i] = 0;
            lo[i] = hi[i] = 0;
            continue;
        }
        /* If a beginning of what went on from the previous position occurs as often as all of it, it occurs
         * in the same places, and they end where they ended before. */
        if (i > 0 && length[i - 1] > p.size) {
            status = interval_of(view, query + i, p.size, &lo[i], &hi[i]);
            if (status != SF_OK)
                return status;
            if (hi[i] - lo[i] == hi[i - 1] - lo[i - 1]) {
                length[i] = length[i - 1] - 1;
                probe_succeeded(&p);
                continue;
            }
            probe_failed(&p);
        }
        lo[i] = 0;
        hi[i] = view->n;
        status = longest_of(view, query + i, stop - i, 0, &longest, &lo[i], &hi[i]);
        if (status != SF_OK)
            return status;
        length[i] = (uint32_t)longest;
    }
    return SF_OK;
}

typedef struct {
    uint32_t *query_pos;
    uint64_t *source_pos;
    uint32_t *length;
    size_t capacity, count;
    int truncated;
} match_list;

static void append(match_list *list, size_t query_pos, uint64_t source_pos, size_t length)
{
    if (list->count == list->capacity) {
        list->truncated = 1;
        return;
    }
    list->query_pos[list->count] = (uint32_t)query_pos;
    list->source_pos[list->count] = source_pos;
    list->length[list->count++] = (uint32_t)length;
}

static void swap(match_list *list, size_t a, size_t b)
{
    uint64_t source_pos = list->source_pos[a];
    uint32_t length = list->length[a];
    list->source_pos[a] = list->source_pos[b];
    list->length[a] = list->length[b];
    list->source_pos[b] = source_pos;
    list->length[b] = length;
}

/* Heap sort by source_pos of the entries from `first` on, which share their query_pos. */
static void sort_places(match_list *list, size_t first)
{
    size_t size = list->count - first, begin = size / 2;
    const uint64_t *key = list->source_pos + first;
    while (size > 1) {
        if (begin > 0) {
            begin--;
        } else {
            size--;
            swap(list, first, first + size);
        }
        for (size_t root = begin, child; (child = 2 * root + 1) < size; root = child) {
            if (child + 1 < size && key[child] < key[child + 1])
                child++;
            if (key[root] >= key[child])
                break;
            swap(list, first + root, first + child);
        }
    }
}

/* Is the place maximal on its left? */
static int is_left_maximal(const sf_suffix_view *view, const uint32_t *query, size_t at, uint64_t start)
{
    return at == 0 || start == 0 || query[at - 1] == 0 || query[at - 1] != view->symbols[start - 1];
}

/* Does a place count, or was its document removed? */
static int counts(const sf_suffix_view *view, uint64_t start)
{
    int64_t document;
    if (!view->removed)
        return 1;
    sf_position_documents(view->document_starts, view->documents, &start, 1, &document);
    return document >= 0 && !view->removed[document];
}

/* As longest_of, of the places that count: they share most with the pattern next to where it would stand. */
static sf_status longest_counting(const sf_suffix_view *view, const uint32_t *pattern, size_t m, size_t known, size_t *length,
                                  uint64_t *lo, uint64_t *hi)
{
    landing landed;
    sf_status status;
    if (!view->removed)
        return longest_of(view, pattern, m, known, length, lo, hi);
    status = land(view, pattern, m, *lo, *hi, known, &landed);
    if (status != SF_OK)
        return status;
    uint64_t before = landed.rank, behind = landed.rank;
    while (before > 0 && !counts(view, start_at(view, before - 1)))
        before--;
    while (behind < view->n && !counts(view, start_at(view, behind)))
        behind++;
    size_t below = 0, above = 0;
    if (before > 0 && start_at(view, before - 1) < view->n)
        below = shared_from(view, start_at(view, before - 1), pattern, m);
    if (behind < view->n && start_at(view, behind) < view->n)
        above = shared_from(view, start_at(view, behind), pattern, m);
    *length = below > above ? below : above;
    *lo = *hi = 0;
    if (*length == 0)
        return SF_OK;
    uint64_t inside = below == *length ? before - 1 : behind;
    status = interval_end(view, pattern, *length, inside, 0, lo);
    return status == SF_OK ? interval_end(view, pattern, *length, inside, 1, hi) : status;
}

/* The texts searched, and in each the interval [lo, hi) of the same symbols. */
typedef struct {
    const sf_suffix_view *views;
    const uint64_t *bases;
    size_t count;
    uint64_t *lo, *hi;
} text_list;

/* Whether more than `cap` places of the intervals count. */
static int is_common(const text_list *texts, uint64_t cap)
{
    uint64_t counted = 0;
    for (size_t v = 0; v < texts->count && counted <= cap; v++) {
        if (!texts->views[v].removed)
            counted += texts->hi[v] - texts->lo[v];
        else
            for (uint64_t rank = texts->lo[v]; rank < texts->hi[v] && counted <= cap; rank++)
                counted += counts(&texts->views[v], start_at(&texts->views[v], rank));
    }
    return counted > cap;
}

/* Symbols of common matches that may be followed to their end: so many for each of the query, and at least. */
enum { FOLLOWED_EACH = 64, FOLLOWED_LEAST = 1 << 16 };
enum { AHEAD = 8 }; /* places whose text is on its way while one is looked at */

/* All maximal matches at one query position; the intervals hold its first min_length symbols and are lost.
 * Of those with more than cap places the longest are followed up to query[limit]; their symbols are taken off *to_follow.
 * At a cut, where a match was not followed further, places go on from the left. */
static sf_status collect(text_list *texts, const uint32_t *query, size_t at, size_t stop, size_t limit, int is_cut,
                         uint32_t min_length, uint32_t cap, match_list *list, uint64_t *to_follow)
{
    size_t first = list->count, longest = 0, reached = 0;
    uint64_t left = cap;
    if (is_common(texts, cap)) {
        for (size_t v = 0; v < texts->count; v++) {
            if (texts->lo[v] == texts->hi[v])
                continue;
            sf_status status = longest_counting(&texts->views[v], query + at, limit - at, min_length, &reached,
                                                &texts->lo[v], &texts->hi[v]);
            if (status != SF_OK)
                return status;
            *to_follow -= reached < *to_follow ? reached : *to_follow;
            if (texts->lo[v] == texts->hi[v] || reached < longest) {
                texts->hi[v] = texts->lo[v];
            } else if (reached > longest) {
                longest = reached;
                for (size_t u = 0; u < v; u++)
                    texts->hi[u] = texts->lo[u];
            }
        }
    }
    for (size_t v = 0; v < texts->count; v++) {
        const sf_suffix_view *view = &texts->views[v];
        for (uint64_t rank = texts->lo[v]; rank < texts->hi[v] && left > 0; rank++) {
            uint64_t start = start_at(view, rank);
            if (texts->hi[v] - rank > AHEAD)
                prefetch_text(view, rank + AHEAD);
            if (start >= view->n)
                return SF_ERR_FORMAT;
            if (!counts(view, start))
                continue;
            left--;
            if (!is_cut && !is_left_maximal(view, query, at, start))
                continue;
            append(list, at, texts->bases[v] + start,
                   longest ? longest : shared(query + at, view->symbols + start, least(stop - at, view->n - start), min_length));
        }
    }
    sort_places(list, first);
    return SF_OK;
}

/* How many symbols from query[at] on all places of the intervals share with it, at most `limit`. */
static sf_status shared_by_all(const text_list *texts, const uint32_t *query, size_t at, size_t limit, size_t *here)
{
    *here = limit;
    for (size_t v = 0; v < texts->count; v++) {
        const sf_suffix_view *view = &texts->views[v];
        if (texts->lo[v] == texts->hi[v])
            continue;
        uint64_t outer[2] = {start_at(view, texts->lo[v]), start_at(view, texts->hi[v] - 1)};
        if (outer[0] >= view->n || outer[1] >= view->n)
            return SF_ERR_FORMAT;
        *here = shared_from(view, outer[0], query + at, *here);
        if (texts->hi[v] - texts->lo[v] > 1)
            *here = shared_from(view, outer[1], query + at, *here);
    }
    return SF_OK;
}

sf_status sf_suffix_mems(const sf_suffix_view *views, const uint64_t *bases, size_t view_count, const uint32_t *query,
                         size_t q, const uint8_t *hits, uint32_t min_length, uint32_t occurrence_cap, uint32_t *query_pos,
                         uint64_t *source_pos, uint32_t *length, size_t capacity, size_t *count, int *truncated)
{
    /* What is known: query[begin, end) stands in `places` places; so does every part of it that is found
     * that often, and all of the part's places go on in the same way on both sides. */
    size_t begin = 0, end = 0;
    uint64_t places = 0;
    /* How far ahead of a window the known range is followed; bounds the work at one position. */
    const size_t reach = 512;
    match_list list = {query_pos, source_pos, length, capacity, 0, 0};
    size_t stop = next_separator(query, q, 0), cut = SIZE_MAX; /* where the last match that was cut goes on */
    uint64_t to_follow = FOLLOWED_LEAST + (uint64_t)q * FOLLOWED_EACH;
    uint64_t lo[SF_SUFFIX_VIEWS_MOST], hi[SF_SUFFIX_VIEWS_MOST];

    *count = 0;
    *truncated = 0;
    if (min_length == 0 || occurrence_cap == 0 || (uint64_t)q > UINT32_MAX || view_count > SF_SUFFIX_VIEWS_MOST)
        return SF_ERR_ARGUMENT;
    for (size_t v = 0; v < view_count; v++)
        if (!is_valid(&views[v]))
            return SF_ERR_ARGUMENT;
    size_t most = view_count ? least(ABREAST, SF_SUFFIX_VIEWS_MOST / view_count) : 0;
    for (size_t next = 0; most && next < q && !list.truncated;) {
        size_t windows[ABREAST], stops[ABREAST], looked = 0;
        for (; next < q && looked < most; next++) {
            if (stop - next < min_length) {
                next = stop;
                stop = next_separator(query, q, least(stop + 1, q));
            } else if (!hits || hits[next]) {
                windows[looked] = next;
                stops[looked++] = stop;
            }
        }
        sf_status status = intervals_of(views, view_count, query, windows, looked, min_length, lo, hi);
        for (size_t w = 0; w < looked && status == SF_OK && !list.truncated; w++) {
            text_list texts = {views, bases, view_count, lo + w * view_count, hi + w * view_count};
            size_t at = windows[w], window = at + min_length, here = 0, before = list.count;
            size_t limit = to_follow ? stops[w] : least(stops[w], window + reach);
            uint64_t found = 0;
            for (size_t v = 0; v < view_count; v++)
                found += texts.hi[v] - texts.lo[v];
            if (found == 0 || (found == places && begin < at && window <= end && at != cut))
                continue;
            status = shared_by_all(&texts, query, at, least(stops[w] - at, (size_t)min_length + reach), &here);
            if (status == SF_OK)
                status = collect(&texts, query, at, stops[w], limit, at == cut, min_length, occurrence_cap, &list, &to_follow);
            if (limit < stops[w] && list.count > before && at + list.length[before] == limit)
                cut = limit;
            begin = at;
            end = at + here;
            places = found;
        }
        if (status != SF_OK)
            return status;
    }
    *count = list.count;
    *truncated = list.truncated;
    return SF_OK;
}

/* Add a value to a table of a power of two of places, at most half of them taken, which holds values plus 1 and 0; 1 if it was not there. */
static size_t add(uint64_t *table, size_t places, uint32_t value)
{
    size_t at = sf_mix(value) & (places - 1);
    while (table[at] && table[at] != (uint64_t)value + 1)
        at = (at + 1) & (places - 1);
    size_t is_new = table[at] == 0;
    table[at] = (uint64_t)value + 1;
    return is_new;
}

sf_status sf_suffix_documents(const sf_suffix_view *view, uint64_t lo, uint64_t hi, const uint64_t *document_starts,
                              size_t documents, const uint32_t *families, size_t cap, size_t *distinct)
{
    uint64_t few[1024] = {0}, *table = few;
    size_t places = sizeof few / sizeof *few;
    sf_status status = SF_OK;
    *distinct = 0;
    if (!is_valid(view) || lo > hi || hi > view->n || (uint64_t)documents > UINT32_MAX)
        return SF_ERR_ARGUMENT;
    if (hi - lo > cap)
        hi = lo + cap;
    while (hi - lo > places / 2)
        places *= 2;
    if (places > sizeof few / sizeof *few && !(table = calloc(places, sizeof *table)))
        return SF_ERR_MEMORY;
    for (uint64_t rank = lo; rank < hi; rank++) {
        uint64_t start = start_at(view, rank);
        int64_t document;
        if (start >= view->n || documents == 0 || start < document_starts[0] || start >= document_starts[documents]) {
            status = SF_ERR_FORMAT;
            break;
        }
        sf_position_documents(document_starts, documents, &start, 1, &document);
        *distinct += add(table, places, families ? families[document] : (uint32_t)document);
    }
    if (table != few)
        free(table);
    return status;
}

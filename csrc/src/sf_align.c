#include "simfilter/sf_align.h"

#include <float.h>

#define SIDE (SF_ALIGN_WINDOW + 1)

/* Two texts seen forward or backward from one point: token i is at[i * step]. */
typedef struct {
    const uint32_t *query, *source;
    const float *weight;
    ptrdiff_t step;
    size_t qn, sn;
} window;

enum { EQUAL, EDITED, STATES }; /* of a cell: the last step was an equal token, or an edit */
enum { DIAGONAL = 0, QUERY_ONLY = 2, SOURCE_ONLY = 4 }; /* what an edit takes; together with the state it comes from */

typedef struct {
    float score[STATES];
    float next;   /* of an edit that follows, */
    uint8_t from; /* and the state it comes from */
} cell;

typedef struct {
    cell rows[2][SIDE];
    uint8_t came[SIDE][SIDE][STATES];
} matrix;

#define DEAD (-FLT_MAX)

static void edit(const cell *before, uint8_t step, float *edited, uint8_t *came)
{
    if (before->next > *edited) {
        *edited = before->next;
        *came = step | before->from;
    }
}

/* Fill the matrix; the cell where the alignment ends, in EQUAL state, or the far corner. 0, 0 when nothing pays.
 * Of an extension only what is not given up: of each row the cells from the first to the last that live or are reached from one that does. */
static void fill(const window *w, const sf_align_costs *costs, int to_corner, matrix *m, size_t *end_q, size_t *end_s)
{
    float best = 0;
    size_t first = 0, last = w->sn; /* what lives of the row above, dead cells among it */
    *end_q = *end_s = 0;
    for (size_t i = 0; i <= w->qn && first <= last; i++) {
        cell *row = m->rows[i & 1];
        const cell *above = m->rows[(i & 1) ^ 1];
        uint32_t symbol = i > 0 ? w->query[(ptrdiff_t)(i - 1) * w->step] : 0;
        float worth = i > 0 ? w->weight[(ptrdiff_t)(i - 1) * w->step] : 0;
        size_t begin = first, end = i > 0 ? last + 1 : 0;
        first = w->sn + 1;
        last = 0;
        for (size_t j = begin; j <= w->sn; j++) {
            float equal = i == 0 && j == 0 ? 0 : DEAD, edited = DEAD;
            uint8_t *came = m->came[i][j];
            came[EQUAL] = came[EDITED] = 0;
            if (i > 0 && j > begin && j <= end) {
                const cell *diagonal = &above[j - 1];
                if (symbol != 0 && symbol == w->source[(ptrdiff_t)(j - 1) * w->step]) {
                    came[EQUAL] = diagonal->score[EDITED] > diagonal->score[EQUAL] ? EDITED : EQUAL;
                    equal = diagonal->score[came[EQUAL]] + worth;
                }
                edit(diagonal, DIAGONAL, &edited, &came[EDITED]);
            }
            if (i > 0 && j < end)
                edit(&above[j], QUERY_ONLY, &edited, &came[EDITED]);
            if (j > begin)
                edit(&row[j - 1], SOURCE_ONLY, &edited, &came[EDITED]);
            if (!to_corner) {
                equal = equal < best - costs->drop ? DEAD : equal;
                edited = edited < best - costs->drop ? DEAD : edited;
            }
            float opened = equal - costs->open;
            row[j] = (cell){{equal, edited}, (opened > edited ? opened : edited) - costs->extend, opened > edited ? EQUAL : EDITED};
            if (equal > best) {
                best = equal;
                *end_q = i;
                *end_s = j;
            }
            if (to_corner || equal > DEAD || edited > DEAD) {
                first = first < j ? first : j;
                last = j;
            } else if (j >= end) {
                break;
            }
        }
    }
    if (to_corner) {
        *end_q = w->qn;
        *end_s = w->sn;
    }
}

typedef struct {
    uint32_t *query, *source, *length;
    size_t capacity, count;
} run_list;

/* Append a run; one that touches the last on both sides is its continuation. */
static sf_status append(run_list *runs, size_t q, size_t s, size_t length)
{
    if (length == 0)
        return SF_OK;
    if (runs->count > 0) {
        size_t last = runs->count - 1;
        if (runs->query[last] + runs->length[last] == q && runs->source[last] + runs->length[last] == s) {
            runs->length[last] += (uint32_t)length;
            return SF_OK;
        }
    }
    if (runs->count == runs->capacity)
        return SF_ERR_CAPACITY;
    runs->query[runs->count] = (uint32_t)q;
    runs->source[runs->count] = (uint32_t)s;
    runs->length[runs->count++] = (uint32_t)length;
    return SF_OK;
}

/* The equal tokens of the way to a cell as (query, source) offsets, the last first; returns how many. */
static size_t walk_back(const matrix *m, size_t i, size_t j, int state, uint8_t pairs[SF_ALIGN_WINDOW][2])
{
    size_t count = 0;
    while (i > 0 || j > 0) {
        uint8_t came = m->came[i][j][state];
        if (state == EQUAL) {
            i--;
            j--;
            pairs[count][0] = (uint8_t)i;
            pairs[count++][1] = (uint8_t)j;
        } else {
            i -= (came & ~1) != SOURCE_ONLY;
            j -= (came & ~1) != QUERY_ONLY;
        }
        state = came & 1 ? EDITED : EQUAL;
    }
    return count;
}

/* How far the alignment goes beyond a point, window by window; with `runs`, forward ones are appended. */
static sf_status extend(const uint32_t *query, const float *weight, const uint32_t *source, size_t qn, size_t sn, ptrdiff_t step,
                        const sf_align_costs *costs, matrix *m, size_t *far_q, size_t *far_s, run_list *runs, size_t base_q, size_t base_s)
{
    sf_status status = SF_OK;
    *far_q = *far_s = 0;
    while (status == SF_OK) {
        ptrdiff_t q = (ptrdiff_t)*far_q * step, s = (ptrdiff_t)*far_s * step;
        window w = {query + q, source + s, weight + q, step, qn - *far_q, sn - *far_s};
        if (w.qn > SF_ALIGN_WINDOW)
            w.qn = SF_ALIGN_WINDOW;
        if (w.sn > SF_ALIGN_WINDOW)
            w.sn = SF_ALIGN_WINDOW;
        size_t end_q, end_s;
        fill(&w, costs, 0, m, &end_q, &end_s);
        if (end_q == 0)
            return SF_OK;
        if (runs) {
            uint8_t pairs[SF_ALIGN_WINDOW][2];
            for (size_t count = walk_back(m, end_q, end_s, EQUAL, pairs); count > 0 && status == SF_OK; count--)
                status = append(runs, base_q + *far_q + pairs[count - 1][0], base_s + *far_s + pairs[count - 1][1], 1);
        }
        *far_q += end_q;
        *far_s += end_s;
    }
    return status;
}

sf_status sf_align(const uint32_t *query, const float *weight, size_t qn, const uint32_t *source, size_t sn, const uint32_t *anchors_query,
                   const uint32_t *anchors_source, const uint32_t *anchors_length, size_t m, const sf_align_costs *costs,
                   uint32_t *runs_query, uint32_t *runs_source, uint32_t *runs_length, size_t capacity, size_t *count)
{
    *count = 0;
    if (m == 0 || qn > UINT32_MAX || sn > UINT32_MAX)
        return SF_ERR_ARGUMENT;
    for (size_t i = 0; i < m; i++)
        if (anchors_query[i] > qn || anchors_length[i] > qn - anchors_query[i] || anchors_source[i] > sn
            || anchors_length[i] > sn - anchors_source[i])
            return SF_ERR_ARGUMENT;
    matrix cells;
    run_list runs = {runs_query, runs_source, runs_length, capacity, 0};
    size_t left_q, left_s, right_q, right_s;
    /* Leftward: find how far it goes, then align that stretch forward from its far end, as one gap before the first anchor. */
    size_t at_q = anchors_query[0], at_s = anchors_source[0];
    sf_status status = extend(query + at_q - (at_q > 0), weight + at_q - (at_q > 0), source + at_s - (at_s > 0), at_q, at_s, -1, costs,
                              &cells, &left_q, &left_s, NULL, 0, 0);
    at_q -= left_q;
    at_s -= left_s;
    if (status == SF_OK && (left_q > SF_ALIGN_WINDOW || left_s > SF_ALIGN_WINDOW)) {
        /* Longer than a window: forward extension from the far end takes the same way, as far as the first anchor. */
        size_t far_q, far_s;
        status = extend(query + at_q, weight + at_q, source + at_s, anchors_query[0] - at_q, anchors_source[0] - at_s, 1, costs, &cells,
                        &far_q, &far_s, &runs, at_q, at_s);
        at_q += far_q;
        at_s += far_s;
    }
    for (size_t i = 0; i < m && status == SF_OK; i++) {
        size_t q = anchors_query[i], s = anchors_source[i], length = anchors_length[i];
        size_t trim_q = q < at_q ? at_q - q : 0, trim_s = s < at_s ? at_s - s : 0;
        size_t trim = trim_q > trim_s ? trim_q : trim_s;
        if (trim > length || (trim == length && length > 0))
            continue;
        q += trim;
        s += trim;
        if (q - at_q <= SF_ALIGN_WINDOW && s - at_s <= SF_ALIGN_WINDOW && q > at_q && s > at_s) {
            uint8_t pairs[SF_ALIGN_WINDOW][2];
            window w = {query + at_q, source + at_s, weight + at_q, 1, q - at_q, s - at_s};
            size_t end_q, end_s;
            fill(&w, costs, 1, &cells, &end_q, &end_s);
            const float *corner = cells.rows[end_q & 1][end_s].score;
            int state = corner[EDITED] > corner[EQUAL] ? EDITED : EQUAL;
            for (size_t k = walk_back(&cells, end_q, end_s, state, pairs); k > 0 && status == SF_OK; k--)
                status = append(&runs, at_q + pairs[k - 1][0], at_s + pairs[k - 1][1], 1);
        }
        if (status == SF_OK)
            status = append(&runs, q, s, length - trim);
        at_q = q + length - trim;
        at_s = s + length - trim;
    }
    if (status == SF_OK)
        status = extend(query + at_q, weight + at_q, source + at_s, qn - at_q, sn - at_s, 1, costs, &cells, &right_q, &right_s, &runs, at_q,
                        at_s);
    *count = runs.count;
    return status;
}

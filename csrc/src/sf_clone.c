#include "simfilter/sf_clone.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sf_mix.h"
#include "simfilter/sf_rename.h"
#include "simfilter/sf_statement.h"

/* The names of a row, numbered; each statement's distinct ones in the order they stand, statement i at names[begin[i] .. begin[i + 1]). */
typedef struct {
    uint32_t *names, *begin;
    float *worth; /* bits a name brings when it answers */
    size_t count;
} naming;

static sf_status number_names(const sf_clone_row *row, float most, naming *out)
{
    size_t tokens = 0, size = 16;
    for (size_t i = 0; i < row->m; i++) {
        if (row->first[i] > row->n || row->length[i] > row->n - row->first[i] || row->length[i] > SF_STATEMENT_MOST)
            return SF_ERR_ARGUMENT;
        tokens += row->length[i];
    }
    while (size < 2 * tokens)
        size *= 2;
    uint32_t *keys = calloc(size, sizeof *keys), *numbers = malloc(size * sizeof *numbers); /* open addressing; no lexeme is 0 */
    out->names = malloc((tokens + 1) * sizeof *out->names);
    out->begin = malloc((row->m + 1) * sizeof *out->begin);
    out->worth = calloc(tokens + 1, sizeof *out->worth);
    out->count = 0;
    sf_status status = keys && numbers && out->names && out->begin && out->worth ? SF_OK : SF_ERR_MEMORY;
    if (status == SF_OK) {
        uint32_t used = 0;
        for (size_t i = 0; i < row->m; i++) {
            out->begin[i] = used;
            for (size_t k = row->first[i]; k < row->first[i] + row->length[i]; k++) {
                uint32_t lexeme = row->lexemes[k];
                if (row->classes[k] != SF_CLASS_IDENTIFIER || lexeme == 0)
                    continue;
                size_t at = (size_t)sf_mix(lexeme) & (size - 1);
                while (keys[at] != 0 && keys[at] != lexeme)
                    at = (at + 1) & (size - 1);
                if (keys[at] == 0) {
                    keys[at] = lexeme;
                    numbers[at] = (uint32_t)out->count++;
                }
                uint32_t name = numbers[at], known = out->begin[i];
                while (known < used && out->names[known] != name)
                    known++;
                if (known == used) {
                    out->names[used++] = name;
                    out->worth[name] += 1;
                }
            }
        }
        out->begin[row->m] = used;
        for (size_t name = 0; name < out->count; name++)
            out->worth[name] = fminf(-log2f(out->worth[name] / (float)used), most);
    }
    free(keys);
    free(numbers);
    return status;
}

static void free_names(naming *names)
{
    free(names->names);
    free(names->begin);
    free(names->worth);
}

typedef struct {
    float weight;
    uint32_t there, back;
} vote;

static int compare_names(const vote *left, const vote *right)
{
    if (left->there != right->there)
        return (left->there > right->there) - (left->there < right->there);
    return (left->back > right->back) - (left->back < right->back);
}

static int heaviest_first(const void *a, const void *b)
{
    const vote *left = a, *right = b;
    int order = (left->weight < right->weight) - (left->weight > right->weight);
    return order ? order : compare_names(left, right);
}

static int by_names(const void *a, const void *b)
{
    int order = compare_names(a, b);
    return order ? order : heaviest_first(a, b);
}

enum { STOP, INSERTED, OMITTED, EQUAL, SWAPPED };

typedef struct {
    const sf_clone_row *query, *source;
    const float *weight;
    const sf_clone_costs *costs;
    naming mine, theirs;
    uint32_t *there, *back; /* name of the query -> name of the source, and back */
    float *support;         /* [mine.count]: bits of the aligned statements that say so */
    vote *votes;            /* [names of all statements of the query] */
    uint32_t *equal;        /* [query m + 1]: statement i of the query equals those of the source at columns[equal[i] .. equal[i + 1]) */
    uint16_t *columns;
    float *brings;          /* [query m, source m]: bits a pair of equal statements brings, NAN for others */
    float *score;           /* [3, source m + 1]: rows i, i - 1, i - 2 of the matrix */
    uint8_t *came;          /* [query m + 1, source m + 1] */
    uint8_t *taken;         /* [source m] */
    uint32_t *mate;
} clone;

/* What statements i and j bring, once names were bound. */
static float agreement(const clone *c, size_t i, size_t j)
{
    float sum = c->weight[i];
    const uint32_t *mine = c->mine.names + c->mine.begin[i], *theirs = c->theirs.names + c->theirs.begin[j];
    size_t count = c->mine.begin[i + 1] - c->mine.begin[i], other = c->theirs.begin[j + 1] - c->theirs.begin[j];
    for (size_t k = 0; k < count && k < other; k++) {
        uint32_t a = mine[k], b = theirs[k];
        if (c->there[a] != b)
            sum -= c->there[a] != SF_CLONE_NONE || c->back[b] != SF_CLONE_NONE ? c->costs->conflict : 0;
        else if (c->support[a] - (c->mate[i] == j ? c->weight[i] : 0) > 0.5f)
            sum += c->theirs.worth[b];
    }
    return sum;
}

static void find_equal(clone *c)
{
    uint32_t count = 0;
    for (size_t i = 0; i < c->query->m; i++) {
        uint32_t hash = c->query->hashes[i];
        c->equal[i] = count;
        for (size_t j = 0; j < c->source->m; j++) {
            c->columns[count] = (uint16_t)j;
            count += c->source->hashes[j] == hash;
        }
    }
    c->equal[c->query->m] = count;
    memset(c->brings, 0xff, c->query->m * c->source->m * sizeof *c->brings); /* NAN */
}

static void weigh_pairs(clone *c, int bound)
{
    for (size_t i = 0; i < c->query->m; i++)
        for (uint32_t k = c->equal[i]; k < c->equal[i + 1]; k++)
            c->brings[i * c->source->m + c->columns[k]] = bound ? agreement(c, i, c->columns[k]) : c->weight[i];
}

/* Statements of the source left out behind cell `from`, as far as that beats what stands there, up to cell `to`. */
static void carry(const clone *c, float *here, uint8_t *came, size_t from, size_t to)
{
    for (size_t j = from + 1; j <= to && here[j - 1] - c->costs->omitted > here[j]; j++) {
        here[j] = here[j - 1] - c->costs->omitted;
        came[j] = OMITTED;
    }
}

/* The best local alignment among statements that have no mate yet. When it brings more than `least` the mates are set; its bits.
 *
 * Few statements are equal, so a row of the matrix is the row above less an insertion, and then what its equal statements add. */
static float align_stretch(clone *c, float least)
{
    size_t m = c->query->m, n = c->source->m, row = n + 1, best_i = 0, best_j = 0;
    float best = 0, inserted = c->costs->inserted;
    memset(c->score, 0, 3 * row * sizeof *c->score);
    memset(c->came, STOP, row);
    for (size_t i = 1; i <= m; i++) {
        float *restrict here = c->score + i % 3 * row;
        const float *restrict above = c->score + (i + 2) % 3 * row, *over = c->score + (i + 1) % 3 * row;
        uint8_t *restrict came = c->came + i * row;
        for (size_t j = 0; j < row; j++) {
            float next = above[j] - inserted;
            here[j] = next > 0 ? next : 0;
            came[j] = next > 0 ? INSERTED : STOP;
        }
        if (c->mate[i - 1] != SF_CLONE_NONE)
            continue;
        const float *brings = c->brings + (i - 1) * n, *before = i > 1 && c->mate[i - 2] == SF_CLONE_NONE ? brings - n : NULL;
        size_t at = 0;
        for (uint32_t k = c->equal[i - 1]; k < c->equal[i]; k++) {
            size_t column = c->columns[k];
            for (size_t j = at > column ? at + 1 : column + 1; j <= column + 2 && j <= n; j++) {
                carry(c, here, came, at, j);
                at = j;
                if (c->taken[j - 1])
                    continue;
                float next = above[j - 1] + brings[j - 1]; /* what a NAN is added to is greater than nothing */
                if (next > here[j])
                    here[j] = next, came[j] = EQUAL;
                if (before && j > 1 && !c->taken[j - 2]) {
                    next = over[j - 2] + brings[j - 2] + before[j - 1] - c->costs->swapped;
                    if (next > here[j])
                        here[j] = next, came[j] = SWAPPED;
                }
                if (here[j] > best)
                    best = here[j], best_i = i, best_j = j;
            }
        }
        carry(c, here, came, at, n);
    }
    if (best <= least)
        return best;
    for (size_t i = best_i, j = best_j; c->came[i * row + j] != STOP;) {
        uint8_t from = c->came[i * row + j];
        if (from == EQUAL) {
            c->mate[i - 1] = (uint32_t)(j - 1);
            c->taken[j - 1] = 1;
        } else if (from == SWAPPED) {
            c->mate[i - 1] = (uint32_t)(j - 2);
            c->mate[i - 2] = (uint32_t)(j - 1);
            c->taken[j - 1] = c->taken[j - 2] = 1;
        }
        i -= from == SWAPPED ? 2 : from != OMITTED;
        j -= from == SWAPPED ? 2 : from != INSERTED;
    }
    return best;
}

static float align_all(clone *c)
{
    float total = 0;
    for (size_t i = 0; i < c->query->m; i++)
        c->mate[i] = SF_CLONE_NONE;
    memset(c->taken, 0, c->source->m);
    for (uint32_t stretch = 0; stretch < c->costs->stretches; stretch++) {
        float cost = stretch ? c->costs->moved : 0, found = align_stretch(c, cost);
        if (found <= cost)
            break;
        total += found - cost;
    }
    return total;
}

/* Bind names as the aligned statements say, the weightiest first. */
static void bind(clone *c)
{
    size_t said = 0, count = 0;
    memset(c->there, 0xff, c->mine.count * sizeof *c->there);
    memset(c->back, 0xff, c->theirs.count * sizeof *c->back);
    for (size_t i = 0; i < c->query->m; i++) {
        size_t j = c->mate[i];
        if (j == SF_CLONE_NONE)
            continue;
        const uint32_t *mine = c->mine.names + c->mine.begin[i], *theirs = c->theirs.names + c->theirs.begin[j];
        for (size_t k = 0; k < c->mine.begin[i + 1] - c->mine.begin[i] && k < c->theirs.begin[j + 1] - c->theirs.begin[j]; k++)
            c->votes[said++] = (vote){c->weight[i] > 0 ? c->weight[i] : 1e-3f, mine[k], theirs[k]};
    }
    qsort(c->votes, said, sizeof *c->votes, by_names);
    for (size_t k = 0; k < said; k++)
        if (count > 0 && compare_names(&c->votes[count - 1], &c->votes[k]) == 0)
            c->votes[count - 1].weight += c->votes[k].weight;
        else
            c->votes[count++] = c->votes[k];
    qsort(c->votes, count, sizeof *c->votes, heaviest_first);
    for (size_t k = 0; k < count; k++) {
        const vote *v = &c->votes[k];
        if (c->there[v->there] == SF_CLONE_NONE && c->back[v->back] == SF_CLONE_NONE) {
            c->there[v->there] = v->back;
            c->back[v->back] = v->there;
            c->support[v->there] = v->weight;
        }
    }
}

/* Whether statement i says with the same names what an earlier one that is aligned too says; literals may differ. */
static int said_before(const clone *c, size_t i)
{
    const uint32_t *begin = c->mine.begin, *names = c->mine.names;
    size_t size = (begin[i + 1] - begin[i]) * sizeof *names;
    for (size_t k = 0; k < i; k++)
        if (c->mate[k] != SF_CLONE_NONE && c->query->hashes[k] == c->query->hashes[i] && (begin[k + 1] - begin[k]) * sizeof *names == size
            && (size == 0 || memcmp(names + begin[k], names + begin[i], size) == 0))
            return 1;
    return 0;
}

/* What each aligned statement brings in the end: a name brings nothing where it stands first, nor in a statement said before, nor when
 * names were never bound. Returns the sum. */
static double settle(clone *c, float *bits)
{
    double sum = 0;
    memset(c->support, 0, c->mine.count * sizeof *c->support); /* now: whether a name has stood before */
    for (size_t i = 0; i < c->query->m; i++) {
        size_t j = c->mate[i];
        bits[i] = 0;
        if (j == SF_CLONE_NONE)
            continue;
        bits[i] = c->weight[i];
        int again = said_before(c, i);
        const uint32_t *mine = c->mine.names + c->mine.begin[i], *theirs = c->theirs.names + c->theirs.begin[j];
        size_t count = c->costs->votes > 0 ? c->mine.begin[i + 1] - c->mine.begin[i] : 0;
        for (size_t k = 0; k < count && k < c->theirs.begin[j + 1] - c->theirs.begin[j]; k++)
            if (c->there[mine[k]] != theirs[k])
                bits[i] -= c->costs->conflict;
            else if (c->support[mine[k]] == 0)
                c->support[mine[k]] = 1;
            else if (!again)
                bits[i] += c->theirs.worth[theirs[k]];
        sum += bits[i];
    }
    return sum;
}

static sf_status align_with_names(clone *c, float *bits, double *total)
{
    size_t m = c->query->m, n = c->source->m;
    c->there = malloc((c->mine.count + 1) * sizeof *c->there);
    c->back = malloc((c->theirs.count + 1) * sizeof *c->back);
    c->support = malloc((c->mine.count + 1) * sizeof *c->support);
    c->votes = malloc((c->mine.begin[m] + 1) * sizeof *c->votes);
    c->equal = malloc((m + 1) * sizeof *c->equal);
    c->columns = malloc((m * n + 1) * sizeof *c->columns);
    c->brings = malloc((m * n + 1) * sizeof *c->brings);
    c->score = malloc(3 * (n + 1) * sizeof *c->score);
    c->came = malloc((m + 1) * (n + 1));
    c->taken = malloc(n + 1);
    sf_status status = SF_ERR_MEMORY;
    if (c->there && c->back && c->support && c->votes && c->equal && c->columns && c->brings && c->score && c->came && c->taken) {
        find_equal(c);
        weigh_pairs(c, 0);
        float aligned = align_all(c);
        for (uint32_t round = 0; round < c->costs->votes; round++) {
            bind(c);
            weigh_pairs(c, 1);
            aligned = align_all(c);
        }
        double brought = 0;
        for (size_t i = 0; i < m; i++)
            brought += c->mate[i] == SF_CLONE_NONE ? 0 : c->brings[i * n + c->mate[i]];
        *total = settle(c, bits) - (brought - aligned);
        status = SF_OK;
    }
    free(c->there);
    free(c->back);
    free(c->support);
    free(c->votes);
    free(c->equal);
    free(c->columns);
    free(c->brings);
    free(c->score);
    free(c->came);
    free(c->taken);
    return status;
}

sf_status sf_clone_align(const sf_clone_row *query, const sf_clone_row *source, const float *weight, const sf_clone_costs *costs,
                         uint32_t *mate, float *bits, double *total)
{
    *total = 0;
    if (query->m > SF_CLONE_MOST || source->m > SF_CLONE_MOST)
        return SF_ERR_ARGUMENT;
    clone c = {.query = query, .source = source, .weight = weight, .costs = costs, .mate = mate};
    sf_status status = number_names(query, costs->most_name, &c.mine);
    sf_status other = number_names(source, costs->most_name, &c.theirs);
    status = status == SF_OK ? other : status;
    if (status == SF_OK)
        status = align_with_names(&c, bits, total);
    free_names(&c.mine);
    free_names(&c.theirs);
    return status;
}

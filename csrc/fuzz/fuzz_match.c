/* Matching: seeds chained and aligned, statements cut, hashed and aligned under a renaming, whatever the arrays hold. */
#include "fuzz.h"

#include "simfilter/sf_align.h"
#include "simfilter/sf_chain.h"
#include "simfilter/sf_clone.h"
#include "simfilter/sf_operand.h"
#include "simfilter/sf_rename.h"
#include "simfilter/sf_statement.h"
#include "simfilter/sf_symbol.h"

enum { MOST = 200 };

static const uint8_t KEY[16] = "simfilter/public";

static void chain_and_align(input *in)
{
    size_t qn = take(in, 1), sn = take(in, 1), m = take(in, 1) % 40, chains, count;
    uint32_t *query = room(qn, 4), *source = room(sn, 4), *at = room(m, 4), *there = room(m, 4), *length = room(m, 4), *chain = room(m, 4);
    size_t capacity = qn / 2 + m + 2;
    uint32_t *runs = room(3 * capacity, 4);
    uint64_t *places = room(m, 8);
    float *weight = room(qn, 4), *worth = room(m, 4);
    for (size_t i = 0; i < qn; i++)
        query[i] = take(in, 1) % 6, weight[i] = (float)(query[i] + 1) / 4;
    for (size_t i = 0; i < sn; i++)
        source[i] = take(in, 1) % 6;
    for (size_t i = 0; i < m; i++)
        at[i] = take(in, 1), there[i] = take(in, 1), places[i] = there[i], length[i] = take(in, 1) % 12, worth[i] = (float)length[i] + .1f;
    sf_status status = sf_chain(at, places, length, worth, m, .1f, 48, chain, &chains);
    for (size_t i = 0; i < m && status == SF_OK; i++)
        REQUIRE(chain[i] < chains || chain[i] == SF_CHAIN_NONE);
    sf_align_costs costs = {1, .4f, 6};
    status = sf_align(query, weight, qn, source, sn, at, there, length, m, &costs, runs, runs + capacity, runs + 2 * capacity, capacity, &count);
    REQUIRE(count <= capacity);
    for (size_t i = 0; i < count && status == SF_OK; i++)
        REQUIRE(runs[i] + runs[2 * capacity + i] <= qn && runs[capacity + i] + runs[2 * capacity + i] <= sn);
    free(query), free(source), free(at), free(there), free(length), free(chain), free(runs), free(places), free(weight), free(worth);
}

typedef struct {
    uint32_t *starts, *ends, *lexemes, *renamed, *first, *hashes;
    uint8_t *bytes, *classes, *open, *length;
    size_t n, m;
} code;

/* Tokens of hostile bytes, at hostile places. */
static int read_code(input *in, code *c)
{
    size_t size = take(in, 1);
    c->n = take(in, 1) % MOST;
    c->bytes = take_bytes(in, &size);
    c->starts = room(c->n, 4), c->ends = room(c->n, 4), c->lexemes = room(c->n, 4), c->renamed = room(c->n, 4), c->first = room(c->n, 4);
    c->classes = room(c->n, 1), c->open = room(c->n, 1), c->length = room(c->n, 1);
    uint32_t at = 0, flags = take(in, 1);
    for (size_t i = 0; i < c->n; i++) {
        uint32_t step = take(in, 1);
        c->starts[i] = at + (step & 3);
        c->ends[i] = at = c->starts[i] + (step >> 2 & 7);
        c->classes[i] = (uint8_t)(step >> 5);
    }
    sf_status status = sf_symbol_hash_spans(c->bytes, size, c->starts, c->ends, c->n, KEY, c->lexemes);
    REQUIRE((status == SF_OK) == (c->n == 0 || c->ends[c->n - 1] <= size));
    REQUIRE(sf_rename(c->lexemes, c->classes, c->n, 32, KEY, c->renamed) == SF_OK);
    sf_status cut = sf_statement_cut(c->bytes, size, c->starts, c->ends, c->classes, c->n, flags, c->open, c->first, c->length, &c->m);
    c->hashes = room(c->n, 4);
    if (cut != SF_OK)
        return 0;
    REQUIRE(c->m <= c->n);
    REQUIRE(sf_statement_hash(c->lexemes, c->classes, c->n, c->first, c->length, c->m, c->hashes) == SF_OK);
    for (size_t i = 0; i < c->m; i++)
        REQUIRE(c->length[i] > 0 && c->length[i] <= SF_STATEMENT_MOST && c->hashes[i] != 0);
    uint32_t *order = room(c->n, 4), *ordered = room(c->n, 4);
    REQUIRE(sf_operand_order(c->bytes, size, c->starts, c->ends, c->classes, c->lexemes, c->n, c->first, c->length, c->m, 1, 2, order, ordered)
            == SF_OK);
    for (size_t i = 0; i < c->m; i++) {
        uint64_t seen = 0; /* each token of a statement stands at one place of it */
        for (size_t j = 0; j < c->length[i]; j++)
            seen |= UINT64_C(1) << ((order[c->first[i] + j] - c->first[i]) & 63);
        REQUIRE(seen == (c->length[i] == 64 ? UINT64_MAX : (UINT64_C(1) << c->length[i]) - 1));
    }
    free(order), free(ordered);
    return 1;
}

static void free_code(code *c)
{
    free(c->starts), free(c->ends), free(c->lexemes), free(c->renamed), free(c->first), free(c->hashes);
    free(c->bytes), free(c->classes), free(c->open), free(c->length);
}

static void align_code(input *in)
{
    code mine, theirs;
    int whole = read_code(in, &mine) & read_code(in, &theirs);
    if (whole) {
        sf_clone_row query = {mine.lexemes, mine.classes, mine.n, mine.first, mine.length, mine.hashes, mine.m};
        sf_clone_row source = {theirs.lexemes, theirs.classes, theirs.n, theirs.first, theirs.length, theirs.hashes, theirs.m};
        sf_clone_costs costs = {.7f, 2.5f, 2, 8, 6, 5, 4, 2};
        float *weight = room(mine.m, 4), *bits = room(mine.m, 4);
        uint32_t *mate = room(mine.m, 4), *other = room(mine.m, 4);
        double total;
        for (size_t i = 0; i < mine.m; i++)
            weight[i] = (float)(take(in, 1) % 16), other[i] = take(in, 1) % (uint32_t)mine.m;
        REQUIRE(sf_clone_align(&query, &source, weight, &costs, mate, bits, &total) == SF_OK);
        for (size_t i = 0; i < mine.m; i++)
            REQUIRE(mate[i] == SF_CLONE_NONE || (mate[i] < theirs.m && mine.hashes[i] == theirs.hashes[mate[i]]));
        REQUIRE(sf_statement_pair(mine.lexemes, mine.classes, mine.n, mine.first, mine.length, mine.m, other, other, mine.m, mate) == SF_OK);
        free(weight), free(bits), free(mate), free(other);
    }
    uint32_t runs[8], lengths[8], names[4] = {mine.n ? mine.renamed[0] : 1, 1 << 20, 1 << 24, 1u << 31};
    uint64_t places[8];
    uint8_t may[8] = {0};
    for (size_t i = 0; i < 8; i++)
        runs[i] = take(in, 1), places[i] = take(in, 1), lengths[i] = take(in, 1) % 20;
    uint32_t least = take(in, 1);
    if (sf_rename_may_reach(mine.renamed, mine.classes, mine.n, theirs.renamed, theirs.n, names, 4, runs, places, lengths, 8, least, may) == SF_OK)
        for (size_t i = 0; i < 8; i++)
            REQUIRE(may[i] <= 1 && (may[i] || lengths[i] < least));
    sf_rename_extent extent;
    size_t at = take(in, 1), there = take(in, 1), length = take(in, 1);
    sf_status status = sf_rename_extend(mine.lexemes, mine.classes, mine.n, theirs.lexemes, theirs.classes, theirs.n, at, there, length, &extent);
    if (status == SF_OK)
        REQUIRE(extent.left <= at && extent.left <= there && at + extent.right <= mine.n && there + extent.right <= theirs.n);
    free_code(&mine);
    free_code(&theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    if (take(&in, 1) & 1)
        chain_and_align(&in);
    else
        align_code(&in);
    return 0;
}

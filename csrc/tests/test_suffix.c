#include "simfilter/sf_suffix.h"

#include <string.h>

#include "check.h"

enum { MOST = 3000, ROOM = 20000 };
static uint32_t text[MOST];
static int32_t narrow[MOST];
static int64_t wide[MOST];
static size_t size;
static const uint64_t base = 0;

static int compare(const uint32_t *a, size_t an, const uint32_t *b, size_t bn)
{
    for (size_t i = 0; i < an && i < bn; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return (an > bn) - (an < bn);
}

static size_t common(const uint32_t *query, size_t qn, size_t at)
{
    size_t length = 0;
    while (length < qn && at + length < size && query[length] != 0 && query[length] == text[at + length])
        length++;
    return length;
}

/* Both arrays are permutations in order. */
static void check_order(void)
{
    CHECK(sf_suffix_build32(text, size, narrow) == SF_OK && sf_suffix_build64(text, size, wide) == SF_OK);
    int sorted = 1, equal = 1;
    for (size_t i = 0; i < size; i++) {
        equal &= narrow[i] == wide[i] && narrow[i] >= 0 && (size_t)narrow[i] < size;
        if (i > 0 && equal)
            sorted &= compare(text + narrow[i - 1], size - (size_t)narrow[i - 1], text + narrow[i], size - (size_t)narrow[i]) < 0;
    }
    CHECK(equal);
    CHECK(sorted); /* strictly ascending: so no position twice */
}

static void check_queries(const uint32_t *query, size_t qn, unsigned width, uint32_t least)
{
    static uint32_t length[MOST], query_pos[ROOM], lengths[ROOM];
    static uint64_t lo[MOST], hi[MOST], source_pos[ROOM], sources[ROOM];
    static uint8_t hits[MOST];
    sf_suffix_view view = {text, size, width == 4 ? (const void *)narrow : (const void *)wide, width, NULL, NULL, 0};
    CHECK(sf_suffix_statistics(&view, query, qn, length, lo, hi) == SF_OK);
    size_t expected = 0;
    for (size_t q = 0; q < qn; q++) {
        size_t longest = 0, places = 0;
        for (size_t at = 0; at < size; at++) {
            size_t here = common(query + q, qn - q, at);
            places = here > longest ? 1 : places + (here == longest && here > 0);
            longest = here > longest ? here : longest;
            hits[q] = (uint8_t)(at ? hits[q] | (here >= least) : here >= least);
            expected += here >= least && !(q > 0 && at > 0 && query[q - 1] != 0 && query[q - 1] == text[at - 1]);
        }
        CHECK(length[q] == longest);
        CHECK(longest == 0 ? lo[q] == 0 && hi[q] == 0 : hi[q] - lo[q] == places);
        uint64_t first, last;
        CHECK(sf_suffix_find(&view, query + q, longest, &first, &last) == SF_OK);
        CHECK(longest == 0 || (first == lo[q] && last == hi[q]));
    }
    size_t count;
    int truncated;
    CHECK(sf_suffix_mems(&view, &base, 1, query, qn, NULL, least, UINT32_MAX, query_pos, source_pos, lengths, ROOM, &count, &truncated) == SF_OK);
    CHECK(!truncated && count == expected);
    for (size_t i = 0; i < count; i++) {
        size_t q = query_pos[i], at = (size_t)source_pos[i];
        CHECK(lengths[i] == common(query + q, qn - q, at) && lengths[i] >= least);
        CHECK(q == 0 || at == 0 || query[q - 1] == 0 || query[q - 1] != text[at - 1]);
        CHECK(i == 0 || query_pos[i - 1] < q || (query_pos[i - 1] == q && source_pos[i - 1] < source_pos[i]));
    }
    memcpy(sources, source_pos, count * sizeof *sources);
    CHECK(sf_suffix_mems(&view, &base, 1, query, qn, hits, least, UINT32_MAX, query_pos, source_pos, lengths, ROOM, &count, &truncated) == SF_OK);
    CHECK(count == expected && memcmp(sources, source_pos, count * sizeof *sources) == 0); /* what is nowhere for sure need not be looked up */
    int64_t counts[MOST];
    size_t windows = qn < least ? 0 : qn - least + 1;
    for (size_t q = 0; q < windows; q++) {
        uint64_t first, last;
        CHECK(sf_suffix_find(&view, query + q, least, &first, &last) == SF_OK && (first < last) == (hits[q] != 0));
        CHECK(sf_suffix_counts(&view, query + q, 1, least, counts) == SF_OK && counts[0] == (int64_t)(last - first));
    }
    CHECK(sf_suffix_counts(&view, query, qn / least, least, counts) == SF_OK);
    for (size_t i = 0; i < qn / least; i++) {
        uint64_t first, last;
        CHECK(sf_suffix_find(&view, query + i * least, least, &first, &last) == SF_OK && counts[i] == (int64_t)(last - first));
    }
    if (count > 1) {
        size_t half;
        CHECK(sf_suffix_mems(&view, &base, 1, query, qn, NULL, least, UINT32_MAX, query_pos, source_pos, lengths, count / 2, &half, &truncated) == SF_OK);
        CHECK(truncated && half == count / 2);
    }
    CHECK(sf_suffix_mems(&view, &base, 1, query, qn, NULL, least, 2, query_pos, source_pos, lengths, ROOM, &count, &truncated) == SF_OK);
    for (size_t i = 0; i < count; i++)
        CHECK(lengths[i] == common(query + query_pos[i], qn - query_pos[i], (size_t)source_pos[i]));
}

static void check_documents(void)
{
    uint64_t starts[] = {0, size / 3, size / 2, size};
    uint32_t families[] = {7, 9, 7};
    sf_suffix_view view = {text, size, narrow, 4, NULL, NULL, 0};
    for (int round = 0; round < 50; round++) {
        uint64_t a = draw() % (size + 1), b = draw() % (size + 1), lo = a < b ? a : b, hi = a < b ? b : a;
        int seen[3] = {0, 0, 0};
        size_t distinct;
        for (uint64_t i = lo; i < hi; i++)
            seen[(uint64_t)narrow[i] >= starts[1] ? (uint64_t)narrow[i] >= starts[2] ? 2 : 1 : 0] = 1;
        CHECK(sf_suffix_documents(&view, lo, hi, starts, 3, NULL, MOST, &distinct) == SF_OK
              && distinct == (size_t)(seen[0] + seen[1] + seen[2]));
        CHECK(sf_suffix_documents(&view, lo, hi, starts, 3, families, MOST, &distinct) == SF_OK
              && distinct == (size_t)((seen[0] || seen[2]) + seen[1]));
    }
    size_t distinct;
    CHECK(sf_suffix_documents(&view, 0, size, starts, 3, NULL, 1, &distinct) == SF_OK && distinct == 1);
    CHECK(sf_suffix_documents(&view, 1, 0, starts, 3, NULL, 1, &distinct) == SF_ERR_ARGUMENT);
    CHECK(sf_suffix_documents(&view, 0, size + 1, starts, 3, NULL, 1, &distinct) == SF_ERR_ARGUMENT);
    starts[3] = size / 2; /* the last suffixes start outside */
    CHECK(sf_suffix_documents(&view, 0, size, starts, 3, NULL, MOST, &distinct) == SF_ERR_FORMAT);
}

int main(void)
{
    static uint32_t query[200];
    size = 0;
    check_order();
    for (int kind = 0; kind < 7; kind++)
        for (int round = 0; round < 6; round++) {
            size = kind < 6 ? 1 + draw() % 300 : MOST;
            for (size_t i = 0; i < size; i++)
                text[i] = kind == 0 ? 5                                             /* one symbol */
                        : kind == 1 ? 1 + (uint32_t)(draw() % 2)
                        : kind == 2 ? (uint32_t)(draw() % 4)                        /* separators too */
                        : kind == 3 ? (uint32_t)draw()                              /* the full range */
                        : kind == 4 ? (i % 17 == 16 ? 0 : 1 + (uint32_t)(i % 17))   /* copies of one document */
                        : kind == 5 ? 1 + (uint32_t)((i * 618034 / 1000000) % 2)    /* nearly a Fibonacci word */
                        : (i % 3 == 2 ? 0 : 1 + (uint32_t)(i % 3));                 /* 1,000 copies */
            check_order();
            if (kind == 6)
                continue;
            size_t qn = 1 + draw() % 60;
            for (size_t i = 0; i < qn; i++)
                query[i] = draw() % 5 && size > i ? text[(draw() % 7 ? i : draw()) % size] : (uint32_t)(draw() % 4);
            check_queries(query, qn, round % 2 ? 4 : 8, 1 + (uint32_t)(draw() % 4));
            check_documents();
        }
    size = 100;
    for (size_t i = 0; i < size; i++)
        text[i] = 1 + (uint32_t)(draw() % 3);
    uint64_t lo, hi;
    size_t count;
    int truncated;
    uint32_t length[100], query_pos[100], lengths[100];
    uint64_t los[100], his[100], source_pos[100];
    sf_suffix_view view = {text, size, narrow, 3, NULL, NULL, 0};
    CHECK(sf_suffix_find(&view, text, 3, &lo, &hi) == SF_ERR_ARGUMENT);
    CHECK(sf_suffix_statistics(&view, text, 3, length, los, his) == SF_ERR_ARGUMENT);
    view.width = 4;
    CHECK(sf_suffix_mems(&view, &base, 1, text, 3, NULL, 0, 1, query_pos, source_pos, lengths, 100, &count, &truncated) == SF_ERR_ARGUMENT);
    CHECK(sf_suffix_mems(&view, &base, 1, text, 3, NULL, 1, 0, query_pos, source_pos, lengths, 100, &count, &truncated) == SF_ERR_ARGUMENT);
    CHECK(sf_suffix_build32(text, (size_t)1 << 31, narrow) == SF_ERR_ARGUMENT);
    for (int round = 0; round < 300; round++) { /* a suffix array from a hostile file: an error or an answer, never a crash */
        for (size_t i = 0; i < size; i++)
            narrow[i] = round % 2 ? (int32_t)draw() : (int32_t)(draw() % size);
        sf_status found = sf_suffix_find(&view, text + 5, 8, &lo, &hi);
        CHECK(found == SF_OK || found == SF_ERR_FORMAT);
        int64_t counts[20];
        found = sf_suffix_counts(&view, text, 20, 3, counts);
        CHECK(found == SF_OK || found == SF_ERR_FORMAT);
        found = sf_suffix_statistics(&view, text, 60, length, los, his);
        CHECK(found == SF_OK || found == SF_ERR_FORMAT);
        found = sf_suffix_mems(&view, &base, 1, text, 60, NULL, 2, 8, query_pos, source_pos, lengths, 100, &count, &truncated);
        CHECK((found == SF_OK || found == SF_ERR_FORMAT) && count <= 100);
    }
    return CHECK_DONE("suffix");
}

#include "simfilter/sf_align.h"

#include <string.h>

#include "check.h"

enum { MOST = 4000 };
static uint32_t mine[MOST], theirs[MOST], runs_query[MOST], runs_source[MOST], runs_length[MOST];
static float weight[MOST];
static const sf_align_costs costs = {1.0f, .4f, 6.0f};
static size_t count;
#define RUNS runs_query, runs_source, runs_length, MOST, &count

/* Align two strings around one anchor; the number of equal tokens. */
static size_t align(const char *query, const char *source, uint32_t q, uint32_t s, uint32_t length)
{
    size_t qn = strlen(query), sn = strlen(source), equal = 0;
    for (size_t i = 0; i < qn; i++)
        mine[i] = (uint32_t)query[i];
    for (size_t i = 0; i < sn; i++)
        theirs[i] = (uint32_t)source[i];
    CHECK(sf_align(mine, weight, qn, theirs, sn, &q, &s, &length, 1, &costs, RUNS) == SF_OK);
    for (size_t i = 0; i < count; i++)
        equal += runs_length[i];
    return equal;
}

static void check_runs(size_t qn, size_t sn)
{
    for (size_t i = 0; i < count; i++) {
        CHECK(runs_length[i] > 0 && runs_query[i] + runs_length[i] <= qn && runs_source[i] + runs_length[i] <= sn);
        CHECK(memcmp(mine + runs_query[i], theirs + runs_source[i], runs_length[i] * sizeof *mine) == 0);
        if (i > 0)
            CHECK(runs_query[i] >= runs_query[i - 1] + runs_length[i - 1] && runs_source[i] >= runs_source[i - 1] + runs_length[i - 1]
                  && (runs_query[i] > runs_query[i - 1] + runs_length[i - 1] || runs_source[i] > runs_source[i - 1] + runs_length[i - 1]));
    }
}

int main(void)
{
    for (int i = 0; i < MOST; i++)
        weight[i] = 1;
    CHECK(align("abcdefgh", "abcdefgh", 3, 3, 2) == 8 && count == 1);
    CHECK(align("zzabcdefghyy", "uuabcdefghvv", 5, 5, 2) == 8 && count == 1 && runs_query[0] == 2 && runs_source[0] == 2);
    CHECK(align("abcdXfghij", "abcdYfghij", 0, 0, 2) == 9 && count == 2);   /* changed */
    CHECK(align("abcdXefghij", "abcdefghij", 0, 0, 2) == 10 && count == 2); /* put in */
    CHECK(align("abcdfghij", "abcdefghij", 7, 8, 2) == 9 && count == 2);    /* left out, seen from the right */
    CHECK(align("abcdXf", "abcdYf", 0, 0, 4) == 4); /* one equal token does not pay for an edit */
    CHECK(align("", "", 0, 0, 0) == 0);

    uint32_t q[2] = {0, 6}, s[2] = {0, 5}, l[2] = {3, 3};
    CHECK(align("abcXdefgh", "abcdefgh", 0, 0, 1) == 8);
    CHECK(sf_align(mine, weight, 9, theirs, 8, q, s, l, 2, &costs, RUNS) == SF_OK);
    CHECK(count == 2 && runs_query[1] == 4 && runs_source[1] == 3 && runs_length[1] == 5);
    CHECK(sf_align(mine, weight, 9, theirs, 8, q, s, l, 2, &costs, runs_query, runs_source, runs_length, 1, &count) == SF_ERR_CAPACITY);
    CHECK(sf_align(mine, weight, 9, theirs, 8, q, s, l, 0, &costs, RUNS) == SF_ERR_ARGUMENT);
    q[0] = 8;
    CHECK(sf_align(mine, weight, 9, theirs, 8, q, s, l, 1, &costs, RUNS) == SF_ERR_ARGUMENT);
    mine[0] = theirs[0] = 0; /* a separator equals nothing */
    q[0] = s[0] = 1, l[0] = 2;
    CHECK(sf_align(mine, weight, 9, theirs, 8, q, s, l, 1, &costs, RUNS) == SF_OK);
    CHECK(runs_query[0] == 1);

    for (int round = 0; round < 200; round++) { /* a copy with every sixth token changed, left out or doubled is aligned whole */
        size_t qn = 0, sn = 40 + draw() % 1500, kept = 0;
        for (size_t i = 0; i < sn; i++) {
            theirs[i] = 1 + (uint32_t)(draw() % 1000000);
            int edit = i % 6 == 5 ? (int)(draw() % 3) : 3;
            if (edit == 0)
                mine[qn++] = 2000000;
            else if (edit != 1)
                mine[qn++] = theirs[i], kept++;
            if (edit == 2)
                mine[qn++] = 2000000;
        }
        for (size_t i = 0; i < MOST - 1 && i + 2 <= sn; i += 1 + draw() % 5)
            if (mine[i] == theirs[i] && i < 5) {
                q[0] = s[0] = (uint32_t)i, l[0] = 1;
                CHECK(sf_align(mine, weight, qn, theirs, sn, q, s, l, 1, &costs, RUNS) == SF_OK);
                check_runs(qn, sn);
                size_t equal = 0;
                for (size_t k = 0; k < count; k++)
                    equal += runs_length[k];
                CHECK(equal + 3 >= kept); /* the last tokens behind an edit may not pay */
            }
    }
    for (int round = 0; round < 500; round++) { /* anything goes in, sound runs come out */
        size_t qn = 1 + draw() % 200, sn = 1 + draw() % 200, m = 1 + draw() % 3;
        uint32_t aq[3], as[3], al[3];
        for (size_t i = 0; i < qn; i++)
            mine[i] = (uint32_t)(draw() % 4);
        for (size_t i = 0; i < sn; i++)
            theirs[i] = (uint32_t)(draw() % 4);
        size_t used = 0, from_q = 0, from_s = 0;
        for (size_t i = 0; i < m; i++) {
            uint32_t a = (uint32_t)(from_q + draw() % 70), b = (uint32_t)(from_s + draw() % 70), size = 0;
            if (a >= qn || b >= sn)
                break;
            while (a + size < qn && b + size < sn && mine[a + size] == theirs[b + size] && mine[a + size])
                size++;
            aq[used] = a, as[used] = b, al[used++] = size;
            from_q = a + 1, from_s = b + 1;
        }
        if (used == 0)
            continue;
        CHECK(sf_align(mine, weight, qn, theirs, sn, aq, as, al, used, &costs, RUNS) == SF_OK);
        check_runs(qn, sn);
    }
    return CHECK_DONE("align");
}

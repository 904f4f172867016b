#include "simfilter/sf_chain.h"

#include "check.h"

enum { MOST = 400 };
static uint32_t query[MOST], length[MOST], chain[MOST];
static uint64_t source[MOST];
static float weight[MOST];

static size_t put(size_t n, uint32_t q, uint64_t s, uint32_t size)
{
    query[n] = q, source[n] = s, length[n] = size, weight[n] = (float)size;
    return n + 1;
}

static size_t run(size_t n, float cost, uint32_t gap)
{
    size_t chains;
    CHECK(sf_chain(query, source, length, weight, n, cost, gap, chain, &chains) == SF_OK);
    return chains;
}

int main(void)
{
    size_t chains, n = put(put(put(0, 0, 100, 5), 6, 106, 5), 13, 112, 4);
    CHECK(run(0, .1f, 10) == 0);
    CHECK(run(n, .1f, 10) == 1 && chain[0] == 0 && chain[1] == 0 && chain[2] == 0);
    CHECK(run(n, 9, 10) == 3);  /* gaps cost more than they bring: the heaviest is number 0 */
    CHECK(chain[0] == 0 && chain[1] == 1 && chain[2] == 2);
    CHECK(run(n, .1f, 1) == 2 && chain[2] == 1); /* a gap of two is too wide */
    n = put(put(0, 0, 200, 5), 6, 100, 5);
    CHECK(run(n, .1f, 1000) == 2); /* crossed: another order is another chain */
    n = put(put(0, 0, 100, 5), 3, 103, 5);
    CHECK(run(n, .1f, 10) == 1); /* an overlap is no hindrance */
    n = put(put(0, 0, 100, 5), 0, 300, 5);
    CHECK(run(n, .1f, 1000) == 2); /* one place of the query cannot follow itself */
    n = put(put(0, 6, 100, 5), 0, 300, 5);
    CHECK(sf_chain(query, source, length, weight, n, .1f, 10, chain, &chains) == SF_ERR_ARGUMENT);
    CHECK(sf_chain(query, source, length, weight, 1, 0, 10, chain, &chains) == SF_ERR_ARGUMENT);

    /* copies: two parts of document 0 near each other in another order are one copy, document 1 shares too little */
    uint64_t document[4] = {0, 1, 0, 0};
    float worth[20];
    uint32_t anchors[4], chain_end[4], copy_end[4];
    double together[4];
    sf_chain_costs costs = {.1f, 10, 2, 5, 8, {1, {.1, .1}, 8}};
    sf_chain_copies found = {anchors, chain_end, together, copy_end, 0};
    for (size_t i = 0; i < 20; i++)
        worth[i] = 1;
    n = put(put(put(put(0, 0, 110, 4), 0, 900, 4), 6, 100, 5), 12, 106, 5);
    CHECK(sf_chain_propose(query, source, length, document, n, worth, 20, &costs, &found) == SF_OK);
    CHECK(found.copies == 1 && copy_end[0] == 2 && chain_end[0] == 2 && chain_end[1] == 3 && together[0] == 10 && together[1] == 4);
    CHECK(anchors[0] == 2 && anchors[1] == 3 && anchors[2] == 0);
    costs.copy = 15;
    CHECK(sf_chain_propose(query, source, length, document, n, worth, 20, &costs, &found) == SF_OK && found.copies == 0);
    CHECK(sf_chain_propose(query, source, length, document, n, worth, 16, &costs, &found) == SF_ERR_ARGUMENT);
    CHECK(sf_chain_propose(query, source, length, document, 0, worth, 0, &costs, &found) == SF_OK && found.copies == 0);

    /* a query that says one stretch of the source twice has one part of it, and what is far off adds nothing */
    costs.copy = 5;
    n = put(put(put(0, 0, 100, 4), 6, 100, 4), 12, 900, 4);
    document[1] = document[2] = 0;
    CHECK(sf_chain_propose(query, source, length, document, n, worth, 20, &costs, &found) == SF_OK && found.copies == 0);
    n = put(put(put(0, 0, 100, 4), 6, 104, 4), 12, 900, 4);
    CHECK(sf_chain_propose(query, source, length, document, n, worth, 20, &costs, &found) == SF_OK && found.copies == 1);
    CHECK(copy_end[0] == 1 && chain_end[0] == 2 && anchors[0] == 0 && anchors[1] == 1 && together[0] == 8);

    for (int round = 0; round < 200; round++) { /* disjoint anchors: as good as trying every predecessor */
        n = 0;
        uint32_t q = 0;
        while (n < 60)
            n = put(n, q += 4 + (uint32_t)(draw() % 6), 4 * (draw() % 200), 1 + (uint32_t)(draw() % 4));
        double best[MOST], most = 0;
        for (size_t i = 0; i < n; i++) {
            best[i] = weight[i];
            for (size_t j = 0; j < i; j++)
                if (source[j] < source[i]) {
                    double gaps = (double)query[i] - query[j] - length[j] + (double)source[i] - (double)source[j] - length[j];
                    if (best[j] - .05 * gaps + weight[i] > best[i])
                        best[i] = best[j] - .05 * gaps + weight[i];
                }
            most = best[i] > most ? best[i] : most;
        }
        CHECK(run(n, .05f, UINT32_MAX) >= 1);
        double score = 0;
        size_t last = MOST;
        for (size_t i = 0; i < n; i++)
            if (chain[i] == 0) {
                score += weight[i];
                if (last != MOST)
                    score -= .05 * ((double)query[i] - query[last] + (double)source[i] - (double)source[last] - 2.0 * length[last]);
                last = i;
            }
        CHECK(score > most - 1e-3 && score < most + 1e-3);
    }

    const uint32_t begin[4] = {0, 5, 9, 20}, end[4] = {0, 6, 11, 99};
    const float by_size[3] = {0.5F, 1, 2};
    float weights[4];
    sf_chain_weigh(begin, end, 4, by_size, 3, weights);
    CHECK(weights[0] == 0.5F && weights[1] == 1 && weights[2] == 2 && weights[3] == 2);
    return CHECK_DONE("chain");
}

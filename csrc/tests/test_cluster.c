#include "simfilter/sf_cluster.h"

#include "check.h"

enum { N = 40 };

int main(void)
{
    for (int trial = 0; trial < 300; trial++) { /* against labels that spread until nothing changes */
        uint32_t parent[N], label[N], left[N], right[N];
        size_t m = draw() % N;
        for (uint32_t i = 0; i < N; i++)
            parent[i] = label[i] = i;
        for (size_t i = 0; i < m; i++) {
            left[i] = (uint32_t)(draw() % N);
            right[i] = (uint32_t)(draw() % N);
        }
        CHECK(sf_cluster_join(parent, N, left, right, m / 2) == SF_OK);
        CHECK(sf_cluster_join(parent, N, left + m / 2, right + m / 2, m - m / 2) == SF_OK);
        CHECK(sf_cluster_roots(parent, N) == SF_OK);
        for (int round = 0; round < N; round++)
            for (size_t i = 0; i < m; i++) {
                uint32_t least = label[left[i]] < label[right[i]] ? label[left[i]] : label[right[i]];
                label[left[i]] = label[right[i]] = least;
            }
        for (uint32_t i = 0; i < N; i++)
            CHECK(parent[i] == label[i]);
    }
    uint32_t bad[3] = {0, 2, 1}, one = 1, nine = 9;
    CHECK(sf_cluster_join(bad, 3, &one, &one, 1) == SF_ERR_ARGUMENT);
    CHECK(sf_cluster_join(bad, 3, &nine, &one, 1) == SF_ERR_ARGUMENT);
    CHECK(sf_cluster_roots(bad, 3) == SF_ERR_ARGUMENT);
    return CHECK_DONE("cluster");
}

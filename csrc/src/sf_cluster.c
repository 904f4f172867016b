#include "simfilter/sf_cluster.h"

/* The root above node, or UINT32_MAX when a parent stands above its child. Parents descend, so it ends. */
static uint32_t root_of(uint32_t *parent, uint32_t node)
{
    while (parent[node] != node) {
        if (parent[node] > node || parent[parent[node]] > parent[node])
            return UINT32_MAX;
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

sf_status sf_cluster_join(uint32_t *parent, size_t n, const uint32_t *left, const uint32_t *right, size_t m)
{
    for (size_t i = 0; i < m; i++) {
        if (left[i] >= n || right[i] >= n)
            return SF_ERR_ARGUMENT;
        uint32_t a = root_of(parent, left[i]), b = root_of(parent, right[i]);
        if (a == UINT32_MAX || b == UINT32_MAX)
            return SF_ERR_ARGUMENT;
        if (a < b)
            parent[b] = a;
        else
            parent[a] = b;
    }
    return SF_OK;
}

sf_status sf_cluster_roots(uint32_t *parent, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (parent[i] > i)
            return SF_ERR_ARGUMENT;
        parent[i] = parent[parent[i]]; /* whose root is settled already */
    }
    return SF_OK;
}

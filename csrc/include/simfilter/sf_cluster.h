/* sf_cluster: which documents hang together, by union-find (Tarjan 1975, path halving).
 *
 * parent [n] is a forest whose trees are the clusters; parent[i] <= i always, so the root of a cluster is its lowest member, whatever the
 * order in which pairs came. It starts as parent[i] = i.
 */
#ifndef SIMFILTER_SF_CLUSTER_H
#define SIMFILTER_SF_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "simfilter/sf_status.h"

/* Join left[i] and right[i] for m pairs. Cost near O(m). SF_ERR_ARGUMENT at a number that is not below n, or a parent above its
 * child. */
sf_status sf_cluster_join(uint32_t *parent, size_t n, const uint32_t *left, const uint32_t *right, size_t m);

/* Let every member point at its root. SF_ERR_ARGUMENT at a parent above its child. Cost O(n). */
sf_status sf_cluster_roots(uint32_t *parent, size_t n);

#endif

#include "simfilter/sf_minhash.h"

#include <math.h>
#include <string.h>

#include "check.h"

enum { M = 128, SET = 400, TRIALS = 300 };

int main(void)
{
    uint32_t a[M], b[M];
    uint64_t left[SET] = {0}, right[SET], twice[2 * SET + 1];
    double resemblance, sum = 0, squares = 0;

    CHECK(sf_minhash_sign(left, 0, 0, a, 0) == SF_ERR_ARGUMENT && sf_minhash_sign(left, 0, 0, a, 65537) == SF_ERR_ARGUMENT);
    CHECK(sf_minhash_resemblance(a, b, 0, &resemblance) == SF_ERR_ARGUMENT);
    CHECK(sf_minhash_sign(left, 0, 0, a, M) == SF_OK && sf_minhash_sign(left, 0, 1, b, M) == SF_OK);
    for (int i = 0; i < M; i++)
        CHECK(a[i] == SF_MINHASH_EMPTY);
    CHECK(sf_minhash_resemblance(a, b, M, &resemblance) == SF_OK && resemblance == 1);

    for (int trial = 0; trial < TRIALS; trial++) { /* half of SET shared: Jaccard 1/3 */
        for (int i = 0; i < SET; i++) {
            left[i] = draw();
            right[i] = i < SET / 2 ? left[i] : draw();
        }
        sf_minhash_sign(left, SET, 5, a, M);
        sf_minhash_sign(right, SET, 5, b, M);
        sf_minhash_resemblance(a, b, M, &resemblance);
        sum += resemblance - 1.0 / 3;
        squares += (resemblance - 1.0 / 3) * (resemblance - 1.0 / 3);
    }
    double sigma = sqrt(1.0 / 3 * 2 / 3 / M);
    CHECK(fabs(sum / TRIALS) < 4 * sigma / sqrt(TRIALS)); /* unbiased */
    CHECK(sqrt(squares / TRIALS) < 1.15 * sigma);         /* and as sharp as M independent permutations */

    for (int i = 0; i < SET; i++) { /* order and duplicates change nothing, 0 is passed over */
        twice[i] = left[SET - 1 - i];
        twice[SET + i] = left[i];
    }
    twice[2 * SET] = 0;
    sf_minhash_sign(left, SET, 5, a, M);
    sf_minhash_sign(twice, 2 * SET + 1, 5, b, M);
    CHECK(memcmp(a, b, sizeof a) == 0);
    sf_minhash_sign(left, SET, 6, b, M);
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK(sf_minhash_sign(left, 3, 5, a, M) == SF_OK); /* sparse: every bin is filled from the three */
    for (int i = 0; i < M; i++)
        CHECK(a[i] != SF_MINHASH_EMPTY);
    return CHECK_DONE("minhash");
}

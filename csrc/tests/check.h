/* What every test here uses: CHECK counts and reports, CHECK_DONE ends main, draw() gives the same numbers on every machine. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int checks_run, checks_failed;
#define CHECK(c) do { checks_run++; if (!(c)) { checks_failed++; fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #c); } } while (0)
#define CHECK_DONE(name) (printf(name ": %d checks, %d failed\n", checks_run, checks_failed), checks_failed ? EXIT_FAILURE : EXIT_SUCCESS)

/* splitmix64 */
static uint64_t draw_state = 1;
__attribute__((unused)) static uint64_t draw(void)
{
    uint64_t z = draw_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

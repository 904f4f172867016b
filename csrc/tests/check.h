#include <stdio.h>
#include <stdlib.h>
static int checks_run, checks_failed;
#define CHECK(c) do { checks_run++; if (!(c)) { checks_failed++; fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #c); } } while (0)
#define CHECK_DONE(name) (printf(name ": %d checks, %d failed\n", checks_run, checks_failed), checks_failed ? EXIT_FAILURE : EXIT_SUCCESS)

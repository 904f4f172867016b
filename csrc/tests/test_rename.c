#include "simfilter/sf_rename.h"

#include <string.h>

#include "check.h"

enum { N = 200 };
static const uint8_t key[16] = "simfilter/public";

/* Identifiers as letters, operators as punctuation, digits as numbers, quotes as strings. */
static size_t scan(const char *text, uint32_t *lexemes, uint8_t *classes)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        lexemes[i] = (uint32_t)c;
        classes[i] = c >= 'a' && c <= 'z' ? SF_CLASS_IDENTIFIER : c >= '0' && c <= '9' ? SF_CLASS_NUMBER
                : c == '"' ? SF_CLASS_STRING : SF_CLASS_FIXED;
    }
    return n;
}

static int same_renamed(const char *a, const char *b, uint32_t window)
{
    uint32_t lexemes[N], left[N], right[N];
    uint8_t classes[N];
    size_t n = scan(a, lexemes, classes);
    CHECK(sf_rename(lexemes, classes, n, window, key, left) == SF_OK);
    CHECK(scan(b, lexemes, classes) == n);
    CHECK(sf_rename(lexemes, classes, n, window, key, right) == SF_OK);
    return memcmp(left, right, n * sizeof *left) == 0;
}

static sf_rename_extent extend(const char *query, const char *source, size_t q, size_t s, size_t length)
{
    uint32_t mine[N], theirs[N];
    uint8_t my_classes[N], their_classes[N];
    size_t qn = scan(query, mine, my_classes), sn = scan(source, theirs, their_classes);
    sf_rename_extent extent = {0, 0, 0};
    CHECK(sf_rename_extend(mine, my_classes, qn, theirs, their_classes, sn, q, s, length, &extent) == SF_OK);
    return extent;
}

/* Runs of a query of renamed tokens in a source of them; upper case are the symbols of names, ' ' separates. */
static void tells_what_may_reach(void)
{
    enum { RUNS = 5 };
    const char *mine = "A+B*C;D=E-F;", *theirs = "q C+B*C;D=A-F; A+B*C;x=E-F;";
    uint32_t renamed[N], source[N], names[26];
    uint8_t classes[N], may[RUNS];
    size_t n = strlen(mine), sn = strlen(theirs);
    for (uint32_t name = 0; name < 26; name++)
        names[name] = 'A' + name;
    for (size_t i = 0; i < n; i++) {
        renamed[i] = (uint32_t)mine[i];
        classes[i] = mine[i] >= 'A' && mine[i] <= 'Z' ? SF_CLASS_IDENTIFIER : SF_CLASS_FIXED;
    }
    for (size_t i = 0; i < sn; i++)
        source[i] = theirs[i] == ' ' ? 0 : (uint32_t)theirs[i];
    /* In the first copy other names answer on both sides; in the second `x` is no name. The last run meets the wrong place. */
    uint32_t query[RUNS] = {1, 6, 1, 7, 4}, length[RUNS] = {5, 2, 5, 1, 2};
    uint64_t there[RUNS] = {3, 8, 16, 22, 18};
    CHECK(sf_rename_may_reach(renamed, classes, n, source, sn, names, 26, query, there, length, RUNS, 12, may) == SF_OK);
    CHECK(may[0] && may[1] && !may[2] && !may[3] && !may[4]);
    CHECK(sf_rename_may_reach(renamed, classes, n, source, sn, names, 26, query, there, length, RUNS, 6, may) == SF_OK);
    CHECK(may[0] && may[1] && may[2] && !may[3] && !may[4]);
    CHECK(sf_rename_may_reach(renamed, classes, n, source, sn, names, 26, query, there, length, RUNS, 1, may) == SF_OK);
    CHECK(may[0] && may[1] && may[2] && may[3] && may[4]);
    length[1] = (uint32_t)n;
    CHECK(sf_rename_may_reach(renamed, classes, n, source, sn, names, 26, query, there, length, RUNS, 6, may) == SF_ERR_ARGUMENT);
    length[1] = 2, there[4] = sn;
    CHECK(sf_rename_may_reach(renamed, classes, n, source, sn, names, 26, query, there, length, RUNS, 6, may) == SF_ERR_ARGUMENT);
}

int main(void)
{
    tells_what_may_reach();
    CHECK(same_renamed("a+b*a", "x+y*x", 32) && !same_renamed("a+b*a", "x+y*y", 32)); /* Baker's example */
    CHECK(same_renamed("a=1;b=\"", "x=2;y=\"", 32) && !same_renamed("a+b", "a-b", 32));
    CHECK(!same_renamed("a++++a", "a++++b", 5) && same_renamed("a++++a", "a++++b", 4)); /* beyond the window there is no memory */
    uint32_t number, string, lexemes[2] = {5, 6}, out[2];
    uint8_t classes[2] = {SF_CLASS_NUMBER, SF_CLASS_STRING};
    sf_rename_literals(key, &number, &string);
    CHECK(sf_rename(lexemes, classes, 2, 32, key, out) == SF_OK && out[0] == number && out[1] == string && number != string);
    CHECK(sf_rename(lexemes, classes, 0, 32, key, out) == SF_OK);
    sf_rename_literals((const uint8_t *)"another key 16 b", &lexemes[0], &lexemes[1]);
    CHECK(lexemes[0] != number);

    sf_rename_extent extent = extend("(a+b*a-b)", "[x+y*x-y]", 1, 1, 3);
    CHECK(extent.left == 0 && extent.right == 7 && extent.equal == 3); /* to the brackets, which differ; the operators are equal */
    extent = extend("c+a+b*a-b", "z+x+y*x-y", 4, 4, 1);
    CHECK(extent.left == 4 && extent.right == 5);
    extent = extend("a+b*b", "x+y*x", 0, 0, 5); /* the bijection breaks inside the anchor: b is y, so it cannot be x */
    CHECK(extent.left == 0 && extent.right == 4);
    extent = extend("a+b", "x+x", 0, 0, 3);
    CHECK(extent.right == 2); /* nor may two names become one */
    sf_rename_extent none;
    CHECK(sf_rename_extend(lexemes, classes, 2, lexemes, classes, 2, 1, 0, 2, &none) == SF_ERR_ARGUMENT);
    CHECK(sf_rename_extend(lexemes, classes, 2, lexemes, classes, 2, 0, 3, 0, &none) == SF_ERR_ARGUMENT);

    for (int round = 0; round < 300; round++) { /* against the definition: grow while a bijection holds */
        char query[41], source[41];
        for (int i = 0; i < 40; i++) {
            query[i] = "abc+"[draw() % 4];
            source[i] = draw() % 8 ? (query[i] == '+' ? '+' : (char)(query[i] + 10)) : 'k';
        }
        query[40] = source[40] = 0;
        size_t at = draw() % 40, right = 0;
        extent = extend(query, source, at, at, 0);
        for (; at + right < 40; right++) {
            int good = 1;
            char a = query[at + right], b = source[at + right];
            good &= (a == '+') == (b == '+');
            for (size_t i = at; i < at + right && good; i++)
                good &= (query[i] == a) == (source[i] == b);
            if (!good)
                break;
        }
        CHECK(extent.right == right);
    }
    return CHECK_DONE("rename");
}

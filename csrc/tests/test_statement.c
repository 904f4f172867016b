#include "simfilter/sf_statement.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "simfilter/sf_rename.h"

enum { MOST = 400 };

static uint32_t starts[MOST], ends[MOST], lexemes[MOST], first[MOST], hashes[MOST];
static uint8_t classes[MOST], scratch[MOST];

/* Every character but space and new line is a token: letters are identifiers, digits numbers, the rest stands for itself. */
static size_t read_tokens(const char *text)
{
    size_t n = 0;
    for (size_t i = 0; text[i]; i++) {
        if (text[i] == ' ' || text[i] == '\n')
            continue;
        starts[n] = (uint32_t)i;
        ends[n] = (uint32_t)i + 1;
        lexemes[n] = (uint32_t)text[i];
        classes[n] = text[i] >= 'a' && text[i] <= 'z' ? SF_CLASS_IDENTIFIER : text[i] >= '0' && text[i] <= '9' ? SF_CLASS_NUMBER
                : SF_CLASS_FIXED;
        n++;
    }
    return n;
}

/* Whether the statements of `text` begin at the tokens marked by ^ in `marks`, which has one place a token. */
static int cut(const char *text, uint32_t flags, const char *marks)
{
    size_t n = read_tokens(text), count, at = 0;
    CHECK(n == strlen(marks));
    CHECK(sf_statement_starts((const uint8_t *)text, strlen(text), starts, ends, classes, n, flags, scratch, first, &count) == SF_OK);
    for (size_t i = 0; i < n; i++) {
        int here = at < count && first[at] == i;
        at += (size_t)here;
        if (here != (marks[i] == '^'))
            return 0;
    }
    return at == count;
}

static uint32_t whole(const char *text)
{
    uint32_t zero = 0, hash;
    size_t n = read_tokens(text);
    CHECK(sf_statement_hash(lexemes, classes, n, &zero, 1, &hash) == SF_OK);
    return hash;
}

int main(void)
{
    size_t count;

    CHECK(cut("a=b\nc(d,\ne)\nf", SF_STATEMENT_LINES, "^..^.....^"));
    CHECK(cut("a=b;c=d;", SF_STATEMENT_LINES, "^...^..."));
    CHECK(cut("a={b:\nc}\nd", SF_STATEMENT_LINES, "^......^"));
    CHECK(cut("i(a){b=c;d=e;}f", SF_STATEMENT_BRACES, "^....^...^...^^"));
    CHECK(cut("f(a=1;a<b;a++){c;}", SF_STATEMENT_BRACES, "^..............^.^"));
    CHECK(cut("a=b\n+c;d", SF_STATEMENT_BRACES, "^.....^"));
    CHECK(cut("a(f{b;c\nd})", SF_STATEMENT_BRACES | SF_STATEMENT_LINES, "^...^.^^^^"));
    CHECK(cut("]})a", SF_STATEMENT_BRACES, "^^^."));
    CHECK(cut("", 0, ""));

    char table[2 * SF_STATEMENT_MOST + 2];
    memset(table, '+', sizeof table);
    table[sizeof table - 1] = 0;
    size_t n = read_tokens(table);
    CHECK(sf_statement_starts((const uint8_t *)table, n, starts, ends, classes, n, 0, scratch, first, &count) == SF_OK);
    CHECK(count == 3 && first[1] == SF_STATEMENT_MOST && first[2] == 2 * SF_STATEMENT_MOST);
    CHECK(sf_statement_hash(lexemes, classes, n, first, count, hashes) == SF_OK && hashes[0] == hashes[1] && hashes[1] != hashes[2]);
    CHECK(sf_statement_hash(lexemes, classes, n, first, 1, hashes) == SF_ERR_ARGUMENT);
    first[1] = 0;
    CHECK(sf_statement_hash(lexemes, classes, n, first, 2, hashes) == SF_ERR_ARGUMENT);
    CHECK(sf_statement_starts((const uint8_t *)table, n - 1, starts, ends, classes, n, 0, scratch, first, &count) == SF_ERR_ARGUMENT);

    CHECK(whole("a+b*a") == whole("x+y*x") && whole("a+b*a") != whole("x+y*y") && whole("a+b*a") != whole("a-b*a"));
    CHECK(whole("a=1") == whole("b=2") && whole("a=1") != whole("a=b") && whole("a=b") != whole("a=a"));
    return CHECK_DONE("statement");
}

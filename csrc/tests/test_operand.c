#include "simfilter/sf_operand.h"

#include <string.h>

#include "check.h"
#include "simfilter/sf_rename.h"
#include "simfilter/sf_statement.h"

enum { MOST = 400 };
static uint32_t starts[MOST], ends[MOST], lexemes[MOST], first[MOST], order[MOST], ordered[MOST];
static uint8_t classes[MOST], length[MOST];

static uint32_t symbol_of(const char *word, size_t size)
{
    uint32_t symbol = 0;
    for (size_t i = 0; i < size; i++)
        symbol = symbol * 131 + (uint8_t)word[i];
    return symbol;
}

/* Words between single spaces: one letter is a name, a digit a number, the rest is fixed. */
static size_t read_tokens(const char *text)
{
    size_t n = 0;
    for (const char *word = text; *word;) {
        size_t size = strcspn(word, " ");
        starts[n] = (uint32_t)(word - text);
        ends[n] = starts[n] + (uint32_t)size;
        lexemes[n] = symbol_of(word, size);
        classes[n++] = size == 1 && word[0] >= 'a' && word[0] <= 'z' ? SF_CLASS_IDENTIFIER
                : word[0] >= '0' && word[0] <= '9' ? SF_CLASS_NUMBER : SF_CLASS_FIXED;
        word += size + (word[size] == ' ');
    }
    return n;
}

static void put_in_order(const char *text, char *result)
{
    size_t n = read_tokens(text), at = 0;
    first[0] = 0;
    length[0] = (uint8_t)n;
    CHECK(sf_operand_order((const uint8_t *)text, strlen(text), starts, ends, classes, lexemes, n, first, length, 1, symbol_of("<", 1),
                           symbol_of("<=", 2), order, ordered) == SF_OK);
    for (size_t i = 0; i < n; i++) {
        size_t size = ends[order[i]] - starts[order[i]];
        const char *word = text + starts[order[i]];
        if (ordered[i] != lexemes[order[i]]) {
            word = size == 1 ? "<" : "<=";
            CHECK(ordered[i] == symbol_of(word, size));
        }
        at += (size_t)sprintf(result + at, "%s%.*s", i ? " " : "", (int)size, word);
    }
    result[at] = 0;
}

static int same(const char *one, const char *other)
{
    char a[1000], b[1000];
    put_in_order(one, a);
    put_in_order(other, b);
    return strcmp(a, b) == 0;
}

int main(void)
{
    CHECK(same("if ( t . x != y )", "if ( y != t . x )"));
    CHECK(same("a > b . c", "b . c < a") && same("a >= f ( )", "f ( ) <= a"));
    CHECK(same("return x == 1 && f ( y [ 2 * n . m ] , z )", "return f ( y [ n . m * 2 ] , z ) && 1 == x"));
    CHECK(same("a . b || f ( c ) || 3", "3 || a . b || f ( c )")); /* a row of three */
    CHECK(same("m & ( 1 << n ) ^ 2", "2 ^ ( 1 << n ) & m"));
    CHECK(same("null != a", "a != null") && same("x is None", "None is x"));
    CHECK(!same("a - b . c", "b . c - a") && !same("a / b . c", "b . c / a") && !same("a . b * 2 / c", "2 * a . b / c"));
    CHECK(!same("a . b + 1", "1 + a . b")); /* of texts the order means something */
    CHECK(!same("a < b . c", "b . c < a") && !same("1 < a . b < c", "c < a . b < 1"));
    CHECK(!same("f ( a . b , 1 )", "f ( 1 , a . b )") && !same("x = a . b", "a . b = x"));
    CHECK(!same("a == b", "b == a")); /* names alone tell nothing */
    CHECK(same("( a > 1 ) ( b", "( 1 < a ) ( b") && same(") a != 1 ]", ") 1 != a ]")); /* brackets without their other */
    CHECK(same("* a == * b . c", "* b . c == * a"));

    size_t n = read_tokens("a != 1"), beyond = 7;
    const uint8_t *text = (const uint8_t *)"a != 1";
    first[0] = 1, length[0] = 3;
    CHECK(sf_operand_order(text, 6, starts, ends, classes, lexemes, n, first, length, 1, 1, 2, order, ordered) == SF_ERR_ARGUMENT);
    first[0] = 0, length[0] = SF_STATEMENT_MOST + 1;
    CHECK(sf_operand_order(text, 6, starts, ends, classes, lexemes, n, first, length, 1, 1, 2, order, ordered) == SF_ERR_ARGUMENT);
    ends[2] = (uint32_t)beyond;
    CHECK(sf_operand_order(text, 6, starts, ends, classes, lexemes, n, first, length, 0, 1, 2, order, ordered) == SF_ERR_ARGUMENT);

    static const char *const WORDS[] = {"==", "!=", "<", ">=", "&&", "||", "*", "/", "&", "|", "^", "+", "(", ")", "[", "]", ",", ".", "a", "b", "1"};
    for (int round = 0; round < 3000; round++) { /* each statement keeps its tokens, and what is in order stays so */
        char words[1000] = "", once[1000], twice[1000];
        size_t count = draw() % (SF_STATEMENT_MOST + 1);
        int depth = 0, whole = 1; /* every bracket has its other */
        for (size_t i = 0; i < count; i++) {
            const char *word = WORDS[draw() % (sizeof WORDS / sizeof *WORDS)];
            strcat(words, word);
            depth += strchr("([", word[0]) != NULL;
            depth -= strchr(")]", word[0]) != NULL;
            whole &= depth >= 0;
            strcat(words, i + 1 < count ? " " : "");
        }
        put_in_order(words, once);
        uint8_t seen[SF_STATEMENT_MOST] = {0};
        for (size_t i = 0; i < count; i++)
            CHECK(order[i] < count && !seen[order[i]]++);
        put_in_order(once, twice);
        CHECK(!whole || depth != 0 || strcmp(once, twice) == 0);
    }
    return CHECK_DONE("operand");
}

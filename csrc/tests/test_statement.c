#include "simfilter/sf_statement.h"

#include <string.h>

#include "check.h"
#include "simfilter/sf_rename.h"

enum { MOST = 400, TEXT = 1000 };

static uint32_t starts[MOST], ends[MOST], lexemes[MOST], first[MOST], hashes[MOST];
static uint8_t classes[MOST], scratch[MOST], length[MOST];

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

/* A single letter is an identifier, a word of more is fixed, a digit a number, an apostrophe a string; operators of two characters, and
 * every other character by itself, are fixed. */
static size_t read_tokens(const char *text)
{
    static const char *const OPERATORS[] = {"${", "#{", "$(", "]]", "[[", "++", "--", "&&", "||", "=>", "->", "?.", "??", "|>", ":=", "+=", "!="};
    size_t n = 0;
    for (size_t i = 0; text[i];) {
        size_t size = 1;
        if (strchr(" \n\\", text[i])) {
            i++;
            continue;
        }
        while (is_letter(text[i]) && is_letter(text[i + size]))
            size++;
        for (size_t k = 0; k < sizeof OPERATORS / sizeof *OPERATORS; k++)
            size = strncmp(text + i, OPERATORS[k], 2) == 0 ? 2 : size;
        starts[n] = (uint32_t)i;
        ends[n] = (uint32_t)(i + size);
        lexemes[n] = 0;
        for (size_t k = 0; k < size; k++)
            lexemes[n] = lexemes[n] * 131 + (uint8_t)text[i + k];
        classes[n] = size == 1 && is_letter(text[i]) ? SF_CLASS_IDENTIFIER : text[i] >= '0' && text[i] <= '9' ? SF_CLASS_NUMBER
                : text[i] == '\'' ? SF_CLASS_STRING : SF_CLASS_FIXED;
        i += size;
        n++;
    }
    return n;
}

static size_t cut_tokens(const char *text, size_t n, uint32_t flags)
{
    size_t count = MOST;
    CHECK(sf_statement_cut((const uint8_t *)text, strlen(text), starts, ends, classes, n, flags, scratch, first, length, &count) == SF_OK);
    for (size_t i = 0; i < count; i++)
        CHECK(length[i] > 0 && length[i] <= SF_STATEMENT_MOST && first[i] + length[i] <= (i + 1 < count ? first[i + 1] : n));
    return count;
}

/* Whether the statements of `text`, their tokens one space apart, are those of `expected`, set apart by " | ". */
static int cut(const char *text, uint32_t flags, const char *expected)
{
    char found[TEXT] = "";
    size_t count = cut_tokens(text, read_tokens(text), flags);
    for (size_t i = 0; i < count; i++)
        for (size_t k = first[i]; k < first[i] + length[i]; k++) {
            strcat(found, k > first[i] ? " " : i ? " | " : "");
            strncat(found, text + starts[k], ends[k] - starts[k]);
        }
    if (strcmp(found, expected) != 0)
        fprintf(stderr, "%s\n  is cut   %s\n  expected %s\n", text, found, expected);
    return strcmp(found, expected) == 0;
}

/* Whether both texts are cut into statements of the same forms. */
static int same(const char *one, const char *other, uint32_t flags)
{
    uint32_t before[MOST];
    size_t count = cut_tokens(one, read_tokens(one), flags);
    CHECK(sf_statement_hash(lexemes, classes, MOST, first, length, count, before) == SF_OK);
    if (cut_tokens(other, read_tokens(other), flags) != count)
        return 0;
    CHECK(sf_statement_hash(lexemes, classes, MOST, first, length, count, hashes) == SF_OK);
    return memcmp(before, hashes, count * sizeof *hashes) == 0;
}

static uint32_t whole(const char *text)
{
    uint32_t zero = 0, hash = 0;
    size_t n = read_tokens(text);
    uint8_t all = (uint8_t)n;
    CHECK(sf_statement_hash(lexemes, classes, n, &zero, &all, 1, &hash) == SF_OK);
    return hash;
}

static sf_status cut_one(size_t size, uint32_t start, uint32_t end, uint32_t next, uint32_t next_end)
{
    static const uint8_t bytes[4] = "abcd";
    size_t count = 0;
    uint32_t from[2] = {start, next}, to[2] = {end, next_end};
    return sf_statement_cut(bytes, size, from, to, classes, 2, SF_STATEMENT_LINES, scratch, first, length, &count);
}

int main(void)
{
    const uint32_t LINES = SF_STATEMENT_LINES, BRACES = SF_STATEMENT_BRACES, JOINS = SF_STATEMENT_JOINS, COLONS = SF_STATEMENT_COLONS,
                   MODIFIERS = SF_STATEMENT_MODIFIERS;

    /* Semicolons end a statement whatever the flags, outside of brackets. */
    CHECK(cut("", 0, "") && cut(";;", 0, "") && cut("{}", BRACES, ""));
    CHECK(cut("a=b;c=d;", 0, "a = b | c = d") && cut("a\nb", 0, "a b"));
    CHECK(cut("a(b;c);d", 0, "a ( b ; c ) | d") && cut("a[b;c];d", 0, "a [ b ; c ] | d") && cut("{a;b};c", 0, "{ a ; b } | c"));
    CHECK(cut("]})a;b", 0, "] } ) a | b")); /* what closes nothing is passed over */

    /* Lines. */
    CHECK(cut("a=b\nc(d,\ne)\nf", LINES, "a = b | c ( d , e ) | f") && cut("a={b:\nc}\nd", LINES, "a = { b : c } | d"));
    CHECK(cut("a=b;c\nd", LINES, "a = b | c | d") && cut("\n\na\n\n\nb\n", LINES, "a | b"));
    CHECK(cut("a=\\\nb\nc", LINES, "a = b | c") && cut("a=\\ \nb", LINES, "a = | b") && cut("a=\\\n\nb", LINES, "a = b"));
    CHECK(cut("a+\nb\n.c", LINES, "a + | b | . c")); /* without JOINS an operator does not matter */
    CHECK(cut("a(f{b;c\nd})\ne", BRACES | LINES, "a ( f | b | c | d | ) | e"));

    /* Lines that go on. */
    CHECK(cut("a=\nb\nc", LINES | JOINS, "a = b | c") && cut("a+\nb", LINES | JOINS, "a + b") && cut("a=>\nb", LINES | JOINS, "a => b"));
    CHECK(cut("a++\nb--\nc", LINES | JOINS, "a ++ | b -- | c") && cut("a->\nb", LINES | JOINS, "a -> | b"));
    CHECK(cut("a<\nb>\nc", LINES | JOINS, "a < b > | c"));
    CHECK(cut("a\n.b\n?.c\n&&d\n||e\n?f\n??g\n|>h\ni", LINES | JOINS, "a . b ?. c && d || e ? f ?? g |> h | i"));
    CHECK(cut("a,\nb", LINES | JOINS, "a , b") && cut("a\n+b", LINES | JOINS, "a | + b") && cut("a\n.b", JOINS, "a . b"));
    const char *operators = "+-*/%=&|^<,.~";
    for (size_t k = 0; operators[k]; k++) {
        char text[] = "a?\nb";
        text[1] = operators[k];
        size_t n = read_tokens(text);
        CHECK(cut_tokens(text, n, LINES | JOINS) == 1);
        classes[1] = SF_CLASS_STRING; /* only a fixed token goes on */
        CHECK(cut_tokens(text, n, LINES | JOINS) == 2);
    }
    CHECK(read_tokens("a\n.b") == 3);
    classes[1] = SF_CLASS_NUMBER; /* `.5` is no member */
    CHECK(cut_tokens("a\n.b", 3, LINES | JOINS) == 2);

    /* Braces. */
    CHECK(cut("f(a){b=c;d=e;}g", BRACES, "f ( a ) | b = c | d = e | g") && cut("{{a}}b", BRACES, "a | b"));
    CHECK(cut("f(a=1;a<b;a++){c;}", BRACES, "f ( a = 1 ; a < b ; a ++ ) | c") && cut("a=b\n+c;d", BRACES, "a = b + c | d"));

    /* What is not opened by a brace alone is a bracket, and so is what closes it. */
    CHECK(cut("f(a(${b}c));d;}e", BRACES | LINES, "f ( a ( ${ b } c ) ) | d | e") && cut("f[[a]];b", BRACES, "f [[ a ]] | b"));
    CHECK(cut("f(#{b}c);d}e", BRACES, "f ( #{ b } c ) | d | e") && cut("f{a ${b} c\nd}e", BRACES | LINES, "f | a ${ b } c | d | e"));
    CHECK(cut("f(a){b(${c});d;e}g", BRACES, "f ( a ) | b ( ${ c } ) | d | e | g"));
    CHECK(cut("[[a\nb]]\nc", LINES, "[[ a b ]] | c") && cut("$(a\nb)\nc", LINES, "$( a b ) | c"));
    CHECK(cut("f(a}b;c", BRACES, "f ( a } b | c")); /* a brace that closes a bracket is none */

    /* Guards end with their parenthesis, and what stands alone ends at once. */
    CHECK(cut("if(a)b;c", BRACES, "if ( a ) | b | c") && cut("if(a(b))c", BRACES, "if ( a ( b ) ) | c"));
    CHECK(cut("if(a)b;", 0, "if ( a ) b") && cut("x if(a)b;", BRACES, "x if ( a ) b")); /* only at the head */
    CHECK(cut("if(a)b;else if(c)d;else e", BRACES, "if ( a ) | b | else | if ( c ) | d | else | e"));
    CHECK(cut("do a;while(b);try c;finally d;", BRACES, "do | a | while ( b ) | try | c | finally | d"));
    CHECK(cut("if a{b}else{c}", BRACES, "if a | b | else | c"));
    CHECK(same("if(x)y;", "if(x){y;}", BRACES) && same("for(;;)a;", "for(;;){a}", BRACES) && same("while(x)y;", "while(x){y;}", BRACES));
    CHECK(same("switch(x)y;", "switch(x){y}", BRACES) && same("foreach(x)y;", "foreach(x)\n{\ny;\n}", BRACES));
    CHECK(same("catch(x)y;", "catch(x){y}", BRACES) && same("synchronized(x)y;", "synchronized(x){y}", BRACES));
    CHECK(same("if(x)y;else z;", "if(x){y;}else{z;}", BRACES) && same("do y;while(x);", "do{y;}while(x);", BRACES));
    CHECK(!same("if(x)y;", "if(x){y;}", 0) && !same("when(x)y;", "when(x){y;}", BRACES));
    CHECK(read_tokens("if(a)b") == 5);
    classes[0] = SF_CLASS_IDENTIFIER;
    CHECK(cut_tokens("if(a)b", 5, BRACES) == 1);

    /* Headers end with their colon. */
    CHECK(cut("if a:b", COLONS, "if a : | b") && cut("if a[b:c]:d", COLONS, "if a [ b : c ] : | d") && cut("if a:b", 0, "if a : b"));
    CHECK(cut("x=a:b", COLONS, "x = a : b") && cut("else:a\nb", COLONS | LINES, "else : | a | b") && cut("a if b:c", COLONS, "a if b : c"));
    const char *headers[] = {"if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class", "async", "match",
                             "case"};
    for (size_t k = 0; k < sizeof headers / sizeof *headers; k++) {
        char one[40] = "", two[40] = "";
        snprintf(one, sizeof one, "%s x:y", headers[k]);
        snprintf(two, sizeof two, "%s x:\ny", headers[k]);
        CHECK(same(one, two, COLONS | LINES) && cut_tokens(one, read_tokens(one), COLONS) == 2);
    }

    /* Modifiers in front are no part of it. */
    CHECK(cut("public static x a=b;let c;", MODIFIERS, "x a = b | c") && cut("public x", 0, "public x"));
    CHECK(cut("x static a", MODIFIERS, "x static a") && cut("const;a", MODIFIERS, "a") && cut("a;const", MODIFIERS, "a"));
    CHECK(cut("async def f():a", MODIFIERS | COLONS, "def f ( ) : | a") && cut("async def f():a", COLONS, "async def f ( ) : | a"));
    CHECK(cut("public\na", MODIFIERS | LINES, "a") && cut("const if(a)b", MODIFIERS | BRACES, "if ( a ) | b"));
    CHECK(same("const x=1;", "let y=2;", MODIFIERS) && same("private x a;", "x a;", MODIFIERS) && !same("const x=1;", "let y=2;", 0));
    CHECK(read_tokens("let a") == 2);
    classes[0] = SF_CLASS_IDENTIFIER;
    CHECK(cut_tokens("let a", 2, MODIFIERS) == 1 && length[0] == 2);

    /* Long statements. */
    char table[2 * SF_STATEMENT_MOST + 2];
    memset(table, '!', sizeof table);
    table[sizeof table - 1] = 0;
    size_t n = read_tokens(table);
    CHECK(n == 2 * SF_STATEMENT_MOST + 1 && cut_tokens(table, n, 0) == 3);
    CHECK(first[1] == SF_STATEMENT_MOST && first[2] == 2 * SF_STATEMENT_MOST && length[1] == SF_STATEMENT_MOST && length[2] == 1);
    CHECK(sf_statement_hash(lexemes, classes, n, first, length, 3, hashes) == SF_OK && hashes[0] == hashes[1] && hashes[1] != hashes[2]);
    CHECK(cut_tokens(table, SF_STATEMENT_MOST, 0) == 1 && length[0] == SF_STATEMENT_MOST);
    memset(table, '(', sizeof table - 1); /* open brackets reach across the cut */
    CHECK(cut_tokens(table, read_tokens(table), LINES) == 3);

    /* Errors of the cut. Statements found before may have been written, none counts. */
    read_tokens("a b");
    CHECK(cut_one(4, 0, 1, 2, 3) == SF_OK && cut_one(4, 0, 0, 4, 4) == SF_OK && cut_one(3, 0, 1, 1, 3) == SF_OK);
    CHECK(cut_one(3, 0, 1, 2, 4) == SF_ERR_ARGUMENT);                                             /* beyond the bytes */
    CHECK(cut_one(4, 1, 0, 2, 3) == SF_ERR_ARGUMENT && cut_one(4, 0, 1, 3, 2) == SF_ERR_ARGUMENT); /* end before start */
    CHECK(cut_one(4, 0, 2, 1, 3) == SF_ERR_ARGUMENT && cut_one(4, 2, 3, 0, 1) == SF_ERR_ARGUMENT); /* not ascending */
    CHECK(cut_one(4, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX) == SF_ERR_ARGUMENT);
    size_t count = 7;
    uint32_t nowhere[3] = {0, 0, 0};
    CHECK(sf_statement_cut(NULL, 0, NULL, NULL, NULL, 0, 31, NULL, NULL, NULL, &count) == SF_OK && count == 0);
    CHECK(sf_statement_cut(NULL, 0, nowhere, nowhere, classes, 3, 31, scratch, first, length, &count) == SF_OK);

    /* Forms: names by where they stood first, literals alike, the rest as it is. */
    CHECK(whole("a+b*a") == whole("x+y*x") && whole("a+b*a") != whole("x+y*y") && whole("a+b*a") != whole("a-b*a"));
    CHECK(whole("a=1") == whole("b=2") && whole("a=1") != whole("a=b") && whole("a=b") != whole("a=a") && whole("a=1") != whole("a='"));
    CHECK(whole("a b") != whole("a") && whole("a") != whole("") && whole("if") != whole("else") && whole("") != 0);

    /* Errors of the hash. */
    n = read_tokens("a+b");
    first[0] = 1;
    length[0] = 2;
    CHECK(sf_statement_hash(lexemes, classes, n, first, length, 1, hashes) == SF_OK);
    CHECK(sf_statement_hash(lexemes, classes, 2, first, length, 1, hashes) == SF_ERR_ARGUMENT);
    first[0] = 4;
    length[0] = 0;
    CHECK(sf_statement_hash(lexemes, classes, n, first, length, 1, hashes) == SF_ERR_ARGUMENT);
    first[0] = UINT32_MAX;
    length[0] = 1;
    CHECK(sf_statement_hash(lexemes, classes, n, first, length, 1, hashes) == SF_ERR_ARGUMENT);
    first[0] = 0;
    length[0] = SF_STATEMENT_MOST + 1;
    CHECK(sf_statement_hash(lexemes, classes, MOST, first, length, 1, hashes) == SF_ERR_ARGUMENT);
    CHECK(sf_statement_hash(NULL, NULL, 0, NULL, NULL, 0, NULL) == SF_OK);

    /* Pairs: as the two taken for one statement, in the order asked for, wherever they stand. */
    uint32_t a[5] = {0, 0, 1, 2, 0}, b[5] = {1, 2, 0, 3, 0}, forms[5];
    n = read_tokens("a=b;b+c;a+c;x+y");
    CHECK(cut_tokens("a=b;b+c;a+c;x+y", n, 0) == 4);
    CHECK(sf_statement_pair(lexemes, classes, n, first, length, 4, a, b, 5, forms) == SF_OK);
    CHECK(forms[0] == whole("x=y y+z") && forms[1] == whole("x=y x+z") && forms[2] == whole("y+z x=y") && forms[3] == whole("a+c x+y"));
    CHECK(forms[4] == whole("a=b a=b") && forms[0] != forms[1]);
    n = read_tokens("a=b;b+c;a+c;x+y");
    CHECK(sf_statement_pair(lexemes, classes, n, first, length, 3, a, b, 5, forms) == SF_ERR_ARGUMENT);  /* no statement 3 */
    CHECK(sf_statement_pair(lexemes, classes, n, first, length, 2, a, b, 1, forms) == SF_OK);
    CHECK(sf_statement_pair(lexemes, classes, n, first, length, 2, b, a, 2, forms) == SF_ERR_ARGUMENT);  /* nor a statement 2 in front */
    CHECK(sf_statement_pair(lexemes, classes, 4, first, length, 2, a, b, 1, forms) == SF_ERR_ARGUMENT);  /* 1 reaches beyond */
    CHECK(sf_statement_pair(lexemes, classes, 4, first, length, 2, b, a, 1, forms) == SF_ERR_ARGUMENT);
    CHECK(sf_statement_pair(lexemes, classes, 0, NULL, NULL, 0, NULL, NULL, 0, NULL) == SF_OK);
    memset(lexemes, 0, sizeof lexemes);
    for (size_t k = 0; k < 2 * SF_STATEMENT_MOST; k++) { /* as many names as there can be */
        lexemes[k] = (uint32_t)k + 1;
        classes[k] = SF_CLASS_IDENTIFIER;
    }
    first[0] = 0;
    first[1] = SF_STATEMENT_MOST;
    length[0] = length[1] = SF_STATEMENT_MOST;
    CHECK(sf_statement_pair(lexemes, classes, 2 * SF_STATEMENT_MOST, first, length, 2, a, b, 1, forms) == SF_OK);
    return CHECK_DONE("statement");
}

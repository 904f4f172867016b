#include "simfilter/sf_statement.h"

#include <string.h>

#include "sf_token.h"
#include "simfilter/sf_rename.h"

static int among(word w, const char *const *words)
{
    for (; *words; words++)
        if (is_spelled(w, *words))
            return 1;
    return 0;
}

static const char *const GUARDS[] = {"if", "for", "while", "switch", "catch", "foreach", "synchronized", NULL};
static const char *const ALONE[] = {"else", "do", "try", "finally", NULL};
static const char *const HEADERS[] = {"if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class", "async",
                                      "match", "case", NULL};
static const char *const MODIFIERS[] = {
    "public", "private", "protected", "internal", "static", "final", "abstract", "const", "let", "var", "val", "mut", "pub", "inline",
    "extern", "volatile", "register", "constexpr", "virtual", "override", "async", "export", "unsafe", "sealed", "readonly",
    "open", "auto", "transient", "native", "strictfp", "lateinit", "declare", NULL};
static const char *const IN_FRONT[] = {".", "?.", "&&", "||", "?", "??", "|>", NULL};

/* Whether a line that ends in this token goes on. */
static int goes_on(word w)
{
    if (w.size == 0 || (w.size == 2 && w.at[0] == w.at[1] && (w.at[0] == '+' || w.at[0] == '-')))
        return 0;
    uint8_t last = w.at[w.size - 1];
    return last == '>' ? w.size == 2 && w.at[0] == '=' : last != 0 && strchr("+-*/%=&|^<,.~", last) != NULL;
}

/* As bracket_of, and '{' where a fixed token opens a block. */
static int bracket(word w, uint32_t flags)
{
    return flags & SF_STATEMENT_BRACES && is_spelled(w, "{") ? '{' : bracket_of(w);
}

sf_status sf_statement_cut(const uint8_t *bytes, size_t size, const uint32_t *starts, const uint32_t *ends, const uint8_t *classes,
                           size_t n, uint32_t flags, uint8_t *open, uint32_t *first, uint8_t *length, size_t *count)
{
    size_t found = 0, depth = 0;
    int ended = 0;  /* the statement has ended: the next token that may, begins another */
    int started = 0;
    int guard = 0;  /* the statement is an `if (...)` or the like and ends with its parenthesis, */
    int header = 0; /* or an `if ...:`, and ends with its colon */
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t gap = i ? ends[i - 1] : starts[0];
        if (gap > starts[i] || starts[i] > ends[i] || ends[i] > size)
            return SF_ERR_ARGUMENT;
        word here = {bytes + starts[i], ends[i] - starts[i]};
        int fixed = classes[i] == SF_CLASS_FIXED, mark = fixed && here.size == 1 ? here.at[0] : 0, kind = fixed ? bracket(here, flags) : 0;
        int outside = depth == 0 || open[depth - 1] == '{';
        const uint8_t *line;
        if (flags & SF_STATEMENT_LINES && outside && started && gap < starts[i]
            && (line = memchr(bytes + gap, '\n', starts[i] - gap)) != NULL) {
            word last = {bytes + starts[i - 1], ends[i - 1] - starts[i - 1]};
            int joined = line > bytes + gap && line[-1] == '\\';
            if (flags & SF_STATEMENT_JOINS)
                joined |= (classes[i - 1] == SF_CLASS_FIXED && goes_on(last)) || (fixed && among(here, IN_FRONT));
            ended |= !joined;
        }
        int between = kind == '{' || (outside && (mark == ';' || (mark == '}' && flags & SF_STATEMENT_BRACES)));
        if (ended || between)
            started = guard = header = 0;
        ended = between;
        if (!between) {
            if (!started || length[found - 1] == SF_STATEMENT_MOST) {
                found += found == 0 || length[found - 1] > 0;
                length[found - 1] = 0;
            }
            started = 1;
            if (length[found - 1] > 0)
                length[found - 1]++;
            else if (!(flags & SF_STATEMENT_MODIFIERS && fixed && among(here, MODIFIERS))) {
                first[found - 1] = (uint32_t)i;
                length[found - 1] = 1;
                guard |= flags & SF_STATEMENT_BRACES && fixed && among(here, GUARDS);
                header |= flags & SF_STATEMENT_COLONS && fixed && among(here, HEADERS);
                ended = flags & SF_STATEMENT_BRACES && fixed && among(here, ALONE);
            }
        }
        if (kind == ')')
            depth -= depth > 0;
        else if (kind != 0)
            open[depth++] = (uint8_t)kind;
        outside = depth == 0 || open[depth - 1] == '{';
        ended |= outside && ((guard && mark == ')') || (header && mark == ':'));
    }
    *count = found - (found > 0 && length[found - 1] == 0);
    return SF_OK;
}

/* One statement, or two in a row. */
typedef struct {
    const uint32_t *lexemes[2];
    const uint8_t *classes[2];
    size_t n[2];
} piece;

static uint32_t hash_one(const piece *p)
{
    uint32_t names[2 * SF_STATEMENT_MOST];
    size_t distinct = 0;
    uint64_t sum = p->n[0] + p->n[1];
    for (int half = 0; half < 2; half++)
        for (size_t i = 0; i < p->n[half]; i++) {
            uint8_t class = p->classes[half][i];
            uint64_t code = class == SF_CLASS_FIXED ? p->lexemes[half][i] : 0;
            if (class == SF_CLASS_IDENTIFIER) {
                names[distinct] = p->lexemes[half][i];
                while (names[code] != p->lexemes[half][i])
                    code++;
                distinct += code == distinct;
            }
            sum = with_token(sum, class, code);
        }
    uint64_t hash = sf_mix(sum);
    uint32_t folded = (uint32_t)(hash ^ hash >> 32);
    return folded + (folded == 0);
}

static int reaches_beyond(size_t n, uint32_t first, uint8_t length)
{
    return first > n || length > n - first || length > SF_STATEMENT_MOST;
}

sf_status sf_statement_hash(const uint32_t *lexemes, const uint8_t *classes, size_t n, const uint32_t *first, const uint8_t *length,
                            size_t m, uint32_t *hashes)
{
    for (size_t i = 0; i < m; i++) {
        if (reaches_beyond(n, first[i], length[i]))
            return SF_ERR_ARGUMENT;
        piece one = {{lexemes + first[i], NULL}, {classes + first[i], NULL}, {length[i], 0}};
        hashes[i] = hash_one(&one);
    }
    return SF_OK;
}

sf_status sf_statement_pair(const uint32_t *lexemes, const uint8_t *classes, size_t n, const uint32_t *first, const uint8_t *length,
                            size_t m, const uint32_t *a, const uint32_t *b, size_t count, uint32_t *hashes)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i] >= m || b[i] >= m || reaches_beyond(n, first[a[i]], length[a[i]]) || reaches_beyond(n, first[b[i]], length[b[i]]))
            return SF_ERR_ARGUMENT;
        piece both = {{lexemes + first[a[i]], lexemes + first[b[i]]}, {classes + first[a[i]], classes + first[b[i]]},
                      {length[a[i]], length[b[i]]}};
        hashes[i] = hash_one(&both);
    }
    return SF_OK;
}

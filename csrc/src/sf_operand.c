#include "simfilter/sf_operand.h"

#include <string.h>

#include "sf_token.h"
#include "simfilter/sf_rename.h"
#include "simfilter/sf_statement.h"

/* What a token is to the order; operators from the one that binds least. */
enum { APART, OR, AND, COMPARED, BIT_OR, BIT_XOR, BIT_AND, ADDED, TIMES, PART, OPENS, CLOSES };

typedef struct {
    const char *text;
    uint8_t kind;
} meaning;

static const meaning MEANINGS[] = {
    {"||", OR}, {"or", OR}, {"&&", AND}, {"and", AND}, {"==", COMPARED}, {"!=", COMPARED}, {"===", COMPARED}, {"!==", COMPARED},
    {"is", COMPARED}, {"<", COMPARED}, {"<=", COMPARED}, {">", COMPARED}, {">=", COMPARED}, {"|", BIT_OR}, {"^", BIT_XOR}, {"&", BIT_AND},
    {"+", ADDED}, {"-", ADDED}, {"<<", ADDED}, {">>", ADDED}, {">>>", ADDED}, {"*", TIMES}, {"/", TIMES}, {"%", TIMES}, {"//", TIMES},
    {".", PART}, {"->", PART}, {"::", PART}, {"?.", PART}, {"!", PART}, {"~", PART}, {"++", PART}, {"--", PART}, {"@", PART},
    /* words that begin or end an expression; all others are part of one */
    {"return", APART}, {"if", APART}, {"elif", APART}, {"while", APART}, {"for", APART}, {"in", APART}, {"else", APART}, {"case", APART},
    {"when", APART}, {"throw", APART}, {"raise", APART}, {"assert", APART}, {"yield", APART}, {"not", APART}, {"lambda", APART},
    {"let", APART}, {"var", APART}, {"const", APART}, {"as", APART}, {"match", APART}, {"switch", APART}, {"with", APART},
    {"until", APART}, {"unless", APART}, {"do", APART}, {"then", APART}, {NULL, 0}};

static uint8_t kind_of(word w, uint8_t class)
{
    if (class != SF_CLASS_FIXED || w.size == 0)
        return PART;
    int bracket = bracket_of(w);
    if (bracket)
        return bracket == '(' ? OPENS : CLOSES;
    for (const meaning *known = MEANINGS; w.size <= 6 && known->text; known++)
        if (known->text[0] == (char)w.at[0] && is_spelled(w, known->text))
            return known->kind;
    return (w.at[0] | 32) >= 'a' && (w.at[0] | 32) <= 'z' ? PART : APART;
}

/* One statement: the token at each place, and what tokens are. All numbers are counted from its first token. */
typedef struct {
    const uint8_t *classes;
    word words[SF_STATEMENT_MOST];
    uint8_t at[SF_STATEMENT_MOST], kinds[SF_STATEMENT_MOST];
    uint32_t symbols[SF_STATEMENT_MOST];
    uint32_t less, at_most;
} statement;

static uint8_t kind_at(const statement *s, size_t place)
{
    return s->kinds[s->at[place]];
}

/* The place behind the token, or the brackets, that stand at one. */
static size_t behind(const statement *s, size_t place, size_t end)
{
    size_t depth = 0;
    do {
        uint8_t kind = kind_at(s, place++);
        depth += kind == OPENS;
        depth -= kind == CLOSES && depth > 0;
    } while (depth > 0 && place < end);
    return place;
}

/* What the tokens of a stretch are, names and literals aside. */
static uint64_t key_of(const statement *s, size_t begin, size_t end)
{
    uint64_t sum = end - begin;
    for (size_t i = begin; i < end; i++) {
        uint8_t token = s->at[i], class = s->classes[token];
        sum = with_token(sum, class, class == SF_CLASS_FIXED ? s->symbols[token] : 0);
    }
    return sf_mix(sum);
}

typedef struct {
    uint8_t begin, end; /* places */
    uint64_t key;
} operand;

/* Put operands in the order of their keys; the operators between them stay. */
static void rearrange(statement *s, size_t begin, operand *operands, size_t count)
{
    uint8_t moved[SF_STATEMENT_MOST], between[SF_STATEMENT_MOST];
    size_t size = 0, stop = operands[count - 1].end;
    for (size_t i = 0; i + 1 < count; i++)
        between[i] = s->at[operands[i].end];
    for (size_t i = 1; i < count; i++) { /* equal ones stay in their order */
        operand taken = operands[i];
        size_t to = i;
        for (; to > 0 && operands[to - 1].key > taken.key; to--)
            operands[to] = operands[to - 1];
        operands[to] = taken;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(moved + size, s->at + operands[i].begin, (size_t)operands[i].end - operands[i].begin);
        size += (size_t)operands[i].end - operands[i].begin;
        if (i + 1 < count)
            moved[size++] = between[i];
    }
    memcpy(s->at + begin, moved, stop - begin);
}

static void arrange(statement *s, size_t begin, size_t end);

/* Order a stretch in which no operator binds less than `level`. */
static void arrange_level(statement *s, size_t begin, size_t end, uint8_t level)
{
    operand operands[SF_STATEMENT_MOST + 1];
    size_t count = 0, from = begin;
    int whole = 1; /* no operand is missing, and no operator of the level keeps its sides apart */
    uint8_t operator = 0;
    if (level > TIMES || end - begin < 3)
        return;
    for (size_t i = begin, next; i <= end; i = next) {
        next = i < end ? behind(s, i, end) : end + 1;
        uint8_t kind = i < end ? kind_at(s, i) : level;
        if (kind == CLOSES)
            kind = APART;
        if (kind != level)
            continue;
        if (i > from)
            arrange_level(s, from, i, level + 1);
        whole &= i > from;
        if (i < end) {
            operator = s->at[i];
            whole &= level != TIMES || is_spelled(s->words[operator], "*");
        }
        operands[count++] = (operand){(uint8_t)from, (uint8_t)i, 0};
        from = next;
    }
    if (count < 2 || !whole || level == APART || level == ADDED || (level == COMPARED && count > 2))
        return;
    for (size_t i = 0; i < count; i++)
        operands[i].key = key_of(s, operands[i].begin, operands[i].end);
    if (level == COMPARED) {
        int strictly = is_spelled(s->words[operator], ">"), ordered = strictly || is_spelled(s->words[operator], ">=");
        if (is_spelled(s->words[operator], "<") || is_spelled(s->words[operator], "<="))
            return;
        if (ordered) {
            s->symbols[operator] = strictly ? s->less : s->at_most;
            operands[0].key = 1;
            operands[1].key = 0;
        }
    }
    rearrange(s, begin, operands, count);
}

/* Order a stretch: what its brackets hold, then itself. */
static void arrange(statement *s, size_t begin, size_t end)
{
    for (size_t i = begin, next; i < end; i = next) {
        next = behind(s, i, end);
        if (kind_at(s, i) == OPENS)
            arrange(s, i + 1, next);
    }
    arrange_level(s, begin, end, APART);
}

sf_status sf_operand_order(const uint8_t *bytes, size_t size, const uint32_t *starts, const uint32_t *ends, const uint8_t *classes,
                           const uint32_t *lexemes, size_t n, const uint32_t *first, const uint8_t *length, size_t m, uint32_t less,
                           uint32_t at_most, uint32_t *order, uint32_t *ordered)
{
    for (size_t i = 0; i < n; i++) {
        if (starts[i] > ends[i] || ends[i] > size)
            return SF_ERR_ARGUMENT;
        order[i] = (uint32_t)i;
        ordered[i] = lexemes[i];
    }
    for (size_t i = 0; i < m; i++) {
        size_t at = first[i], count = length[i];
        if (at > n || count > n - at || count > SF_STATEMENT_MOST)
            return SF_ERR_ARGUMENT;
        statement s;
        s.classes = classes + at;
        s.less = less;
        s.at_most = at_most;
        int any = 0;
        for (size_t j = 0; j < count; j++) {
            s.words[j] = (word){bytes + starts[at + j], ends[at + j] - starts[at + j]};
            s.kinds[j] = kind_of(s.words[j], classes[at + j]);
            any |= s.kinds[j] > APART && s.kinds[j] <= TIMES && s.kinds[j] != ADDED;
        }
        if (!any)
            continue;
        for (size_t j = 0; j < count; j++) {
            s.at[j] = (uint8_t)j;
            s.symbols[j] = lexemes[at + j];
        }
        arrange(&s, 0, count);
        for (size_t j = 0; j < count; j++) {
            order[at + j] = (uint32_t)at + s.at[j];
            ordered[at + j] = s.symbols[s.at[j]];
        }
    }
    return SF_OK;
}

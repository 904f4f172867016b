#include "simfilter/sf_clone.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "simfilter/sf_rename.h"
#include "simfilter/sf_statement.h"

enum { MOST = 200 };

typedef struct {
    uint32_t lexemes[MOST], first[MOST], hashes[MOST];
    uint8_t classes[MOST], length[MOST];
    sf_clone_row row;
} side;

static const sf_clone_costs COSTS = {.inserted = 1, .omitted = 2, .swapped = 3, .moved = 8, .conflict = 6, .most_name = 5, .stretches = 4,
                                     .votes = 2};
static side query, source;
static uint32_t mate[MOST];
static float weight[MOST], bits[MOST];
static double total;

/* Statements one space apart, every character a token: letters are identifiers, digits numbers, the rest stands for itself. */
static void read_row(side *s, const char *text)
{
    size_t n = 0, m = 0;
    for (size_t i = 0; text[i]; i++) {
        if (text[i] == ' ')
            continue;
        if (i == 0 || text[i - 1] == ' ') {
            s->first[m] = (uint32_t)n;
            s->length[m++] = 0;
        }
        s->length[m - 1]++;
        s->lexemes[n] = (uint32_t)text[i];
        s->classes[n++] = text[i] >= 'a' && text[i] <= 'z' ? SF_CLASS_IDENTIFIER : text[i] >= '0' && text[i] <= '9' ? SF_CLASS_NUMBER
                : SF_CLASS_FIXED;
    }
    CHECK(sf_statement_hash(s->lexemes, s->classes, n, s->first, s->length, m, s->hashes) == SF_OK);
    s->row = (sf_clone_row){s->lexemes, s->classes, n, s->first, s->length, s->hashes, m};
}

static void align(const char *mine, const char *theirs, sf_clone_costs costs)
{
    read_row(&query, mine);
    read_row(&source, theirs);
    for (size_t i = 0; i < MOST; i++)
        weight[i] = 10;
    CHECK(sf_clone_align(&query.row, &source.row, weight, &costs, mate, bits, &total) == SF_OK);
}

/* Whether the statements of the query are aligned with those numbered in `expected`, one character each, `-` for none. */
static int mates(const char *expected)
{
    CHECK(strlen(expected) == query.row.m);
    for (size_t i = 0; i < query.row.m; i++) {
        CHECK(mate[i] != SF_CLONE_NONE || bits[i] == 0);
        if (mate[i] != (expected[i] == '-' ? SF_CLONE_NONE : (uint32_t)(expected[i] - '0')))
            return 0;
    }
    return 1;
}

static int near(double value, double expected)
{
    return fabs(value - expected) < 1e-3;
}

static sf_clone_costs forms_only(void)
{
    sf_clone_costs costs = COSTS;
    costs.votes = 0;
    return costs;
}

/* The best local alignment by its forms, from its definition: every cell the best of the ways into it. */
static double best_alignment(const sf_clone_row *q, const sf_clone_row *s, sf_clone_costs costs)
{
    static double cell[32][32];
    double best = 0;
    for (size_t i = 0; i <= q->m; i++)
        for (size_t j = 0; j <= s->m; j++) {
            double here = 0;
            if (i > 0)
                here = fmax(here, cell[i - 1][j] - costs.inserted);
            if (j > 0)
                here = fmax(here, cell[i][j - 1] - costs.omitted);
            if (i > 0 && j > 0 && q->hashes[i - 1] == s->hashes[j - 1])
                here = fmax(here, cell[i - 1][j - 1] + weight[i - 1]);
            if (i > 1 && j > 1 && q->hashes[i - 1] == s->hashes[j - 2] && q->hashes[i - 2] == s->hashes[j - 1])
                here = fmax(here, cell[i - 2][j - 2] + weight[i - 1] + weight[i - 2] - costs.swapped);
            cell[i][j] = here;
            best = fmax(best, here);
        }
    return best;
}

/* What must hold of every answer: equal statements, each of the source once, and bits only where there is a mate. */
static void check_answer(void)
{
    uint8_t taken[MOST] = {0};
    for (size_t i = 0; i < query.row.m; i++) {
        CHECK(mate[i] == SF_CLONE_NONE || mate[i] < source.row.m);
        if (mate[i] == SF_CLONE_NONE) {
            CHECK(bits[i] == 0);
            continue;
        }
        CHECK(query.hashes[i] == source.hashes[mate[i]] && !taken[mate[i]]);
        taken[mate[i]] = 1;
    }
}

static void check_at_random(void)
{
    for (int round = 0; round < 3000; round++) {
        sf_clone_costs costs = {.inserted = (float)(draw() % 12) / 4, .omitted = (float)(draw() % 12) / 4, .swapped = (float)(draw() % 12) / 4,
                                .moved = (float)(draw() % 12) / 4, .conflict = 2, .most_name = 3, .stretches = 1, .votes = 0};
        static const char FORMS[] = "+-*/%";
        char mine[80] = "", theirs[80] = "";
        size_t m = draw() % 13, n = draw() % 13, kinds = 1 + draw() % 5;
        for (size_t i = 0; i < m; i++)
            snprintf(mine + strlen(mine), 8, " %c%c", FORMS[draw() % kinds], (char)('a' + draw() % 3));
        for (size_t i = 0; i < n; i++)
            snprintf(theirs + strlen(theirs), 8, " %c%c", FORMS[draw() % kinds], (char)('p' + draw() % 3));
        read_row(&query, mine);
        read_row(&source, theirs);
        for (size_t i = 0; i < m; i++)
            weight[i] = (float)(draw() % 17) / 4;
        CHECK(sf_clone_align(&query.row, &source.row, weight, &costs, mate, bits, &total) == SF_OK);
        check_answer();
        CHECK(total == best_alignment(&query.row, &source.row, costs)); /* quarters are exact */
        for (size_t i = 0; i < m; i++)
            CHECK(bits[i] == (mate[i] == SF_CLONE_NONE ? 0 : weight[i]));

        double one = total;
        costs.stretches = 4; /* more stretches bring more, or are not taken */
        CHECK(sf_clone_align(&query.row, &source.row, weight, &costs, mate, bits, &total) == SF_OK && total >= one);
        check_answer();
        costs.votes = (uint32_t)(draw() % 4);
        CHECK(sf_clone_align(&query.row, &source.row, weight, &costs, mate, bits, &total) == SF_OK && isfinite(total));
        check_answer();
    }
}

int main(void)
{
    const char *original = "a=b+c b=a*c d=(a-b) c=d/b [d,c]";

    /* A renamed row: forms, and names that keep answering to each other. */
    align("u=v+w v=u*w x=(u-v) w=x/v [x,w]", original, forms_only());
    CHECK(mates("01234") && total == 50);
    align("u=v+w v=u*w x=(u-v) w=x/v [x,w]", original, COSTS);
    CHECK(mates("01234") && bits[0] == 10); /* names that stand first bring nothing */
    /* The statements name 14 names, a and d three times, b and c four times; each brings minus log2 of its share. */
    double a = -log2(3. / 14), b = -log2(4. / 14), c = -log2(4. / 14), d = -log2(3. / 14);
    CHECK(near(bits[1], 10 + b + a + c) && near(bits[2], 10 + a + b) && near(bits[3], 10 + c + d + b) && near(bits[4], 10 + d + c));
    CHECK(near(total, bits[0] + bits[1] + bits[2] + bits[3] + bits[4]));
    double whole = total;
    align(original, original, COSTS);
    CHECK(near(total, whole)); /* whatever the names are */
    sf_clone_costs costs = COSTS;
    costs.most_name = 0.5f;
    align(original, original, costs);
    CHECK(near(total, 50 + 10 * 0.5));

    /* Inserted, omitted. */
    align("u=v+w v=u*w k=1 h(k) x=(u-v) w=x/v [x,w]", original, forms_only());
    CHECK(mates("01--234") && total == 50 - 2 * COSTS.inserted);
    align("u=v+w v=u*w k=1 h(k) x=(u-v) w=x/v [x,w]", original, COSTS);
    CHECK(mates("01--234") && near(total, whole - 2 * COSTS.inserted));
    align("u=v+w v=u*w w=x/v [x,w]", original, forms_only());
    CHECK(mates("0134") && total == 40 - COSTS.omitted);
    align("k=1 h(k) u=v+w v=u*w {k}", original, forms_only());
    CHECK(mates("--01-") && total == 20); /* what stands around costs nothing */
    costs = forms_only();
    costs.inserted = 21;
    align("u=v+w v=u*w k=1 x=(u-v) w=x/v [x,w]", original, costs);
    CHECK(mates("01-234") && total == 50 - COSTS.moved); /* a new stretch is cheaper than what was put in */
    costs.stretches = 1;
    align("u=v+w v=u*w k=1 x=(u-v) w=x/v [x,w]", original, costs);
    CHECK(mates("---234") && total == 30);
    costs.stretches = 0;
    align("u=v+w v=u*w", original, costs);
    CHECK(mates("--") && total == 0);

    /* Neighbours that changed places, stretches that moved. */
    align("u=v+w x=(u-v) v=u*w w=x/v [x,w]", original, forms_only());
    CHECK(mates("02134") && total == 50 - COSTS.swapped);
    align("v=u*w u=v+w w=x/v x=(u-v)", original, forms_only());
    CHECK(mates("1032") && total == 40 - 2 * COSTS.swapped);
    align("x=(u-v) w=x/v [x,w] u=v+w v=u*w", original, forms_only());
    CHECK(mates("23401") && total == 50 - COSTS.moved);
    align("x=(u-v) w=x/v [x,w] u=v+w", original, forms_only());
    CHECK(mates("2340") && total == 40 - COSTS.moved);
    costs = forms_only();
    costs.moved = 10;
    align("x=(u-v) w=x/v [x,w] u=v+w", original, costs);
    CHECK(mates("234-") && total == 30); /* one that brings no more than a move costs is left */

    /* Names that contradict each other weigh less; two names that became one do so too. */
    align("u=v+w p=q*r x=(y-z) i=j/k [m,n]", original, forms_only());
    CHECK(total == 50);
    align("u=v+w p=q*r x=(y-z) i=j/k [m,n]", original, COSTS);
    CHECK(total < 50 && total < whole - 20);
    double strangers = total;
    align("u=v+w v=u*w x=(u-v) p=q/r [x,w]", original, COSTS);
    CHECK(total < whole && total > strangers && bits[3] < 10);
    align("u=v+w v=u*w x=(u-v) w=x/v [x,w]", "a=a+a a=a*a a=(a-a) a=a/a [a,a]", COSTS);
    CHECK(mates("-----") && total == 0); /* the forms themselves differ */
    align("+u -u", "+a -b", COSTS); /* u is bound to a */
    CHECK(mates("01") && bits[0] == 10 && bits[1] == 10 - COSTS.conflict);
    align("+u -v", "+a -a", COSTS);
    CHECK(mates("01") && bits[0] == 10 && bits[1] == 10 - COSTS.conflict);

    /* Names choose among equal forms: of two the one whose names answer. */
    align("u=v+w v=u*w (u)", "a=b+c b=a*c (c) (a)", COSTS);
    CHECK(mates("013"));
    align("u=v+w v=u*w (u)", "a=b+c b=a*c (c) (a)", forms_only());
    CHECK(mates("012"));

    /* A statement said before brings its form but no names. */
    align("u=v u=v u=v", "a=b a=b a=b", COSTS);
    CHECK(mates("012") && total == 30 && bits[0] == 10 && bits[1] == 10 && bits[2] == 10);
    align("u=v v=u", "a=b b=a", COSTS);
    CHECK(mates("01") && near(total, 20 + 2)); /* said the other way round it is another */
    align("u=1 u=2", "a=1 a=1", COSTS);
    CHECK(mates("01") && near(total, 20) && bits[1] == 10 + 0.f); /* the one name there is says nothing */

    /* Weights of nothing. */
    read_row(&query, original);
    read_row(&source, original);
    memset(weight, 0, sizeof weight);
    costs = COSTS;
    CHECK(sf_clone_align(&query.row, &source.row, weight, &costs, mate, bits, &total) == SF_OK && mates("-----") && total == 0);

    /* Empty sides, and statements of which nothing but the form is known. */
    align("", "", COSTS);
    CHECK(total == 0);
    align("", original, COSTS);
    CHECK(total == 0);
    bits[0] = 7;
    align(original, "", COSTS);
    CHECK(mates("-----") && total == 0);
    const uint32_t forms[3] = {5, 5, 7}, none[3] = {0};
    const uint8_t empty[3] = {0};
    const sf_clone_row nameless = {NULL, NULL, 0, none, empty, forms, 3}, nothing = {NULL, NULL, 0, NULL, NULL, NULL, 0};
    for (size_t i = 0; i < 3; i++)
        weight[i] = 4;
    for (uint32_t votes = 0; votes < 3; votes++) {
        costs.votes = votes;
        CHECK(sf_clone_align(&nameless, &nameless, weight, &costs, mate, bits, &total) == SF_OK && total == 12 && mate[2] == 2);
        CHECK(sf_clone_align(&nameless, &nothing, weight, &costs, mate, bits, &total) == SF_OK && total == 0 && mate[2] == SF_CLONE_NONE);
        CHECK(sf_clone_align(&nothing, &nameless, weight, &costs, mate, bits, &total) == SF_OK && total == 0);
        CHECK(sf_clone_align(&nothing, &nothing, NULL, &costs, NULL, NULL, &total) == SF_OK && total == 0);
    }

    /* Errors. */
    costs = COSTS;
    sf_clone_row beyond = nameless, many = nameless;
    const uint32_t behind[3] = {0, 1, 0};
    const uint8_t long_one[3] = {0, 0, 1}, longest[3] = {SF_STATEMENT_MOST + 1, 0, 0};
    beyond.first = behind;
    CHECK(sf_clone_align(&beyond, &nameless, weight, &costs, mate, bits, &total) == SF_ERR_ARGUMENT && total == 0);
    CHECK(sf_clone_align(&nameless, &beyond, weight, &costs, mate, bits, &total) == SF_ERR_ARGUMENT);
    beyond.first = none;
    beyond.length = long_one;
    CHECK(sf_clone_align(&beyond, &nameless, weight, &costs, mate, bits, &total) == SF_ERR_ARGUMENT);
    CHECK(sf_clone_align(&nameless, &beyond, weight, &costs, mate, bits, &total) == SF_ERR_ARGUMENT);
    read_row(&source, original);
    source.row.n = MOST;
    source.row.length = longest;
    source.row.m = 1;
    CHECK(sf_clone_align(&source.row, &nameless, weight, &costs, mate, bits, &total) == SF_ERR_ARGUMENT);
    many.m = SF_CLONE_MOST + 1;
    CHECK(sf_clone_align(&many, &nameless, weight, &costs, mate, bits, &total) == SF_ERR_ARGUMENT);
    CHECK(sf_clone_align(&nameless, &many, weight, &costs, mate, bits, &total) == SF_ERR_ARGUMENT);
    static uint32_t most_first[SF_CLONE_MOST], most_hashes[SF_CLONE_MOST], most_mate[SF_CLONE_MOST];
    static uint8_t most_length[SF_CLONE_MOST];
    static float most_weight[SF_CLONE_MOST], most_bits[SF_CLONE_MOST];
    for (uint32_t i = 0; i < SF_CLONE_MOST; i++) {
        most_hashes[i] = i + 1;
        most_weight[i] = 1;
    }
    const sf_clone_row most = {NULL, NULL, 0, most_first, most_length, most_hashes, SF_CLONE_MOST};
    costs.votes = 0;
    CHECK(sf_clone_align(&most, &most, most_weight, &costs, most_mate, most_bits, &total) == SF_OK && total == SF_CLONE_MOST);

    /* As many names as there can be, which no table of all pairs would hold. */
    enum { NAMES = SF_CLONE_MOST * SF_STATEMENT_MOST };
    uint32_t *names = malloc(NAMES * sizeof *names);
    uint8_t *all = malloc(NAMES);
    memset(all, SF_CLASS_IDENTIFIER, NAMES);
    for (uint32_t i = 0; i < NAMES; i++)
        names[i] = i + 1;
    for (uint32_t i = 0; i < SF_CLONE_MOST; i++) {
        most_first[i] = i * SF_STATEMENT_MOST;
        most_length[i] = SF_STATEMENT_MOST;
    }
    const sf_clone_row full = {names, all, NAMES, most_first, most_length, most_hashes, SF_CLONE_MOST};
    costs.votes = 1;
    CHECK(sf_clone_align(&full, &full, most_weight, &costs, most_mate, most_bits, &total) == SF_OK && total == SF_CLONE_MOST);
    free(names);
    free(all);

    check_at_random();
    return CHECK_DONE("clone");
}

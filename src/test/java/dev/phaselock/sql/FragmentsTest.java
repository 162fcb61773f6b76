package dev.phaselock.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentsTest {
    private static final PgParser PARSER = new PgParser();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a > 0",
                "(a > 0)",
                "\n  a > 0\n  AND b IS NOT NULL\n",
                "a IN (1, 2) OR (b).c = ANY (ARRAY[1, 2])",
                "a <> ';' AND b <> '--' AND c <> '/*' AND d <> ')'",
                "a ~ '^\\d+\\)$'",
                "a = $$it's; -- ) $$ AND b = $x$ $$ $x$",
                "a = E'\\'; --'",
                "\"strange; -- name)\" > 0",
                "U&\"d\\0061t\\+000061\" > U&'d!0061' UESCAPE '!'",
                "U&\"d!0061t\" UESCAPE '!' > 0",
                "price > 0::numeric(10, 2) AND note !~~ 'a%'",
                "a -1 > - 1 AND b @> '{}'::jsonb",
                "'a'\n'b' = c",
                "CASE WHEN a THEN b ELSE c END",
                "EXISTS (SELECT 1 FROM other)",
                "(SELECT true)",
                "true",
                "été > 0",
                "ROW(a, b) IS DISTINCT FROM (1, 2)",
                "f(VARIADIC ARRAY[1])",
            })
    void anExpressionIsOne(String text) {
        assertThatCode(() -> Fragments.requireOneExpression(PARSER, text)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " \n",
                "a > 0); DROP TABLE x; --",
                "a > 0), DROP COLUMN b, ADD CHECK (true",
                "a > 0) NOT VALID NO INHERIT --",
                "a > 0) NOT VALID --",
                "a > 0) NOT VALID NO INHERIT /*",
                "a > 0) NO INHERIT",
                "a > 0 NOT VALID",
                "a > 0 NO INHERIT",
                "a > 0) NOT ENFORCED, ADD CHECK (true",
                "true) NO INHERIT NOT VALID; SELECT (1",
                "a > 0; DROP TABLE x",
                "a > 0;",
                ";",
                "a > 0 --",
                "a > 0 -- positive",
                "a > 0 /* positive */",
                "a > 0 /* /* */",
                "/* /* */ */ a > 0",
                "-- a > 0",
                "a >-- 0",
                "a > 0)",
                "(a > 0",
                ")(",
                "a > 0) AND (b > 0",
                "a] > 0",
                "a[1 > 0",
                "a = 'x",
                "a = 'it's'",
                "\"a > 0",
                "a = $$x",
                "a = $x$ $y$",
                "a = E'\\'",
                "a = E'\\''); DROP TABLE x; --'",
                "U&\"\\zzzz\" > 0",
                "\"\" > 0",
                "a > $1",
                "a = :name",
                "a, b",
                "a AS b",
                "*",
                "SELECT 1",
                "VALUES (1)",
                "DROP TABLE x",
                "a >",
                "> 0",
                "a > 0\0",
                "\0",
                "a = '\ud800'",
                "a > 0 ORDER BY 1",
                "VARIADIC a",
                "a := 1",
                "{a}",
                "\\d",
                "a\u0000); DROP TABLE x; --",
            })
    void anythingElseIsNot(String text) {
        assertThatThrownBy(() -> Fragments.requireOneExpression(PARSER, text))
                .isInstanceOf(InvalidFragmentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a > 0); DROP TABLE x; --",
                "a > 0), DROP COLUMN b, ADD CHECK (true",
                "a > 0) NOT VALID NO INHERIT --",
                "a > 0) NOT VALID; DROP TABLE x; SELECT (1",
                "a > 0) NOT ENFORCED, ADD CHECK (true",
                "a > 0) NO INHERIT NOT VALID, ADD COLUMN d int CHECK (true",
            })
    void eitherJudgementAloneStopsWhatBreaksOut(String text) {
        assertThatThrownBy(() -> Fragments.requireWholeTokens(PARSER, "expression", text))
                .isInstanceOf(InvalidFragmentException.class);
        assertThatThrownBy(() -> Fragments.requireExpressionTree(PARSER, text))
                .isInstanceOf(InvalidFragmentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"int) + (1", "int), (1", "int)::numeric(3", "int) FROM x WHERE (true", "int); SELECT (1"})
    void eitherJudgementAloneStopsATypeThatBreaksOut(String text) {
        assertThatThrownBy(() -> Fragments.requireWholeTokens(PARSER, "type", text))
                .isInstanceOf(InvalidFragmentException.class);
        assertThatThrownBy(() -> Fragments.requireTypeTree(PARSER, text)).isInstanceOf(InvalidFragmentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "a > 0); DROP TABLE x; --|a parenthesis that closes nothing at line 1, column 6",
                "`a > 0\n; x`|a semicolon at line 2, column 1",
                "é > 0 -- x|a comment at line 1, column 7",
                "(a > (0)|a parenthesis that is not closed at line 1, column 1",
                "a > $1|a parameter at line 1, column 5",
                "a >|it ends too early",
                "`a > 0\nNOT VALID`|`syntax error at or near \"NOT\" (line 2, column 1)`",
                "a = 'x|`unterminated quoted string at or near \"'x\"`",
                "``|it is empty",
            },
            delimiter = '|')
    void theRefusalSaysWhatIsWrongAndWhere(String text, String why) {
        assertThatThrownBy(() -> Fragments.requireOneExpression(PARSER, text == null ? "" : text))
                .hasMessageStartingWith("not exactly one SQL expression: " + why + ": ");
    }

    @Test
    void aMegabyteIsRefusedAtOnceAndNotCitedWhole() {
        assertThatThrownBy(() -> Fragments.requireOneExpression(PARSER, "a + ".repeat(250_000) + "1 > 0"))
                .isInstanceOf(InvalidFragmentException.class)
                .hasMessageContaining("longer than 8,192 characters")
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(250));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {"(,1,)", "NOT ,true,``", "1 + ,1,``", "f(,1,)", "``,a,` AND a`"})
    void anyLengthUpToTheLimitGetsAnAnswer(String before, String middle, String after) {
        int times = (Fragments.MAX_LENGTH - middle.length()) / (before + after).length();
        String text = before.repeat(times) + middle + after.repeat(times);
        try {
            Fragments.requireOneExpression(PARSER, text);
        } catch (InvalidFragmentException e) {
            assertThat(e.getMessage()).containsAnyOf("memory exhausted", "nested too deeply", "stack depth");
        }
        assertThatCode(() -> Fragments.requireOneExpression(PARSER, "a > 0")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "int",
                "numeric(10, 2)",
                "text[]",
                "int[3][]",
                "shop.\"Mood\"",
                "timestamp(3) with time zone",
                "double precision",
                "interval day to second(2)",
                "varchar(20)",
                "geometry(Point, 4326)"
            })
    void aTypeIsOne(String text) {
        assertThatCode(() -> Fragments.requireOneType(PARSER, text)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "int, text",
                "int)",
                "int) + (1",
                "int), (1",
                "int)::numeric(3",
                "int) --",
                "int) COLLATE \"C\" --",
                "int COLLATE \"C\"",
                "int NOT NULL",
                "int DEFAULT 0",
                "int;",
                "int; DROP TABLE x",
                "int) FROM x WHERE (true",
                "1",
                "numeric($1)",
                "int /* */",
                "SETOF int)",
                "int\0"
            })
    void anythingElseIsNoType(String text) {
        assertThatThrownBy(() -> Fragments.requireOneType(PARSER, text))
                .isInstanceOf(InvalidFragmentException.class)
                .hasMessageStartingWith("not exactly one SQL type: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DEFAULT",
                "FOR VALUES IN ('a', NULL, 'b'::text)",
                "for values from (1, MINVALUE) to ('2026-01-01'::timestamptz, MAXVALUE)",
                "FOR VALUES WITH (MODULUS 4, REMAINDER 3)"
            })
    void aBoundOfConstantsIsOne(String text) {
        assertThatCode(() -> Fragments.requireOneBound(PARSER, text)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "DEFAULT; DROP TABLE x",
                "FOR VALUES IN (1), DROP COLUMN b",
                "FOR VALUES IN (1) PARTITION BY LIST (x)",
                "FOR VALUES IN (1",
                "FOR VALUES IN (1) -- so",
                "FOR VALUES FROM (now()) TO (MAXVALUE)",
                "FOR VALUES FROM (CURRENT_DATE) TO (MAXVALUE)",
                "FOR VALUES FROM (1) TO (f(2))",
                "(1)"
            })
    void anythingElseIsNoBound(String text) {
        assertThatThrownBy(() -> Fragments.requireOneBound(PARSER, text))
                .isInstanceOf(InvalidFragmentException.class)
                .hasMessageStartingWith("not exactly one SQL bound: ");
    }
}

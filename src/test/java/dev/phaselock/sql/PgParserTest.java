package dev.phaselock.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PgParserTest {
    private static final PgParser PARSER = new PgParser();

    @Test
    void isThatOfPostgres18() {
        assertThat(PARSER.parse("SELECT 1").path("version").intValue() / 10_000).isEqualTo(18);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE t ADD CONSTRAINT n NOT NULL c NOT VALID",
                "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT ENFORCED",
                "ALTER TABLE t ADD FOREIGN KEY (a, PERIOD v) REFERENCES p (a, PERIOD v)",
                "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i",
                "ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL (b) NOT VALID",
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY t USING btree (a) INCLUDE (b) NULLS NOT DISTINCT",
                "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
            })
    void knowsTheDdlOfToday(String sql) {
        assertThat(PARSER.parse(sql).path("stmts")).hasSize(1);
    }

    @Test
    void tellsWhereEachStatementIs() {
        JsonNode statements = PARSER.parse("SELECT 1; SELECT 2").path("stmts");
        assertThat(statements).hasSize(2);
        assertThat(statements.get(0).path("stmt_len").intValue()).isEqualTo(8);
        assertThat(statements.get(1).path("stmt_location").intValue()).isEqualTo(10);
    }

    @Test
    void givesPostgresMessageAndPosition() {
        assertThatThrownBy(() -> PARSER.parse("ALTER TABEL t"))
                .isInstanceOf(SqlSyntaxException.class)
                .hasMessage("syntax error at or near \"TABEL\" (line 1, column 7)");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "SELECT 'é😀' frm x y, 17, 1, 17",
                "`SELECT\n\n  (é frm)`, 14, 3, 6",
                "SELECT (, 9, 1, 9",
                "'abc, 1, 1, 1",
                "`SELECT 1;\nSELECT 'x`, 18, 2, 8",
                "/* /* */, 1, 1, 1",
            })
    void positionsCountCharacters(String sql, int character, int line, int column) {
        assertThatThrownBy(() -> PARSER.parse(sql))
                .asInstanceOf(InstanceOfAssertFactories.type(SqlSyntaxException.class))
                .extracting(SqlSyntaxException::position)
                .isEqualTo(new SqlPosition(character, line, column));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1\0", "\0", "SELECT '\ud800'"})
    void refusesWhatPostgresCannotHold(String sql) {
        assertThatThrownBy(() -> PARSER.parse(sql)).isInstanceOf(SqlSyntaxException.class);
        assertThatThrownBy(() -> PARSER.scan(sql)).isInstanceOf(SqlSyntaxException.class);
    }

    @Test
    void nothingIsNoStatement() {
        assertThat(PARSER.parse("").path("stmts")).isEmpty();
        assertThat(PARSER.parse(" -- x").path("stmts")).isEmpty();
        assertThat(PARSER.scan("")).isEmpty();
        assertThat(PARSER.scan(" \n\t")).isEmpty();
    }

    @Test
    void scansTokensWithTheirKindAndPlace() {
        assertThat(PARSER.scan("é > $1 -- 😀\n/* /* */ */AND\t'a;(\u0001\b'\"é;\"$$;$$ ;"))
                .containsExactly(
                        new Token(Token.Kind.OTHER, "é", 0),
                        new Token(Token.Kind.OTHER, ">", 2),
                        new Token(Token.Kind.PARAMETER, "$1", 4),
                        new Token(Token.Kind.COMMENT, "-- 😀", 7),
                        new Token(Token.Kind.COMMENT, "/* /* */ */", 13),
                        new Token(Token.Kind.KEYWORD, "AND", 24),
                        new Token(Token.Kind.OTHER, "'a;(\u0001\b'", 28),
                        new Token(Token.Kind.OTHER, "\"é;\"", 35),
                        new Token(Token.Kind.OTHER, "$$;$$", 39),
                        new Token(Token.Kind.OTHER, ";", 45));
    }

    @Test
    void scansTokensOfAnyLength() {
        for (int length : new int[] {1, 50, 200, 5_000}) {
            String quoted = "'" + "\n\"\\".repeat(length) + "'";
            assertThat(PARSER.scan(quoted + " + " + quoted)).hasSize(3);
            assertThat(PARSER.scan("(1) " + "+ a ".repeat(length))).hasSize(3 + 2 * length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"'abc", "\"abc", "$$abc", "$x$ abc $y$", "/* /* */", "E'\\'", "\"\"", "1 + 2abc"})
    void scanningSaysNearWhatAMalformedTokenIs(String sql) {
        assertThatThrownBy(() -> PARSER.scan(sql))
                .isInstanceOf(SqlSyntaxException.class)
                .hasMessageMatching("(?s).+ at or near \".+\"");
    }

    @Test
    void takesALongStatementAndRefusesOneThatIsTooLong() {
        assertThat(PARSER.parse("SELECT '" + "x".repeat(PgParser.MAX_BYTES - 9) + "'")
                        .path("stmts"))
                .hasSize(1);
        assertThatThrownBy(() -> PARSER.parse("SELECT '" + "x".repeat(PgParser.MAX_BYTES - 8) + "'"))
                .isInstanceOf(SqlSyntaxException.class)
                .hasMessage("longer than 1,048,576 bytes");
        assertThat(PARSER.parse("SELECT 1" + ", 2".repeat(5_000)).path("stmts")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "NOT ", "1 + ", "f(", "ARRAY[", "CASE WHEN "})
    void survivesAnyNesting(String opening) {
        assertThatThrownBy(() -> PARSER.parse("SELECT " + opening.repeat(11_000) + "1 1"))
                .isInstanceOf(SqlSyntaxException.class);
        assertThat(PARSER.parse("SELECT 1").path("stmts")).hasSize(1);
    }

    @Test
    void refusesATreeThatIsTooDeepForItsStackAndGoesOn() {
        PgParser small = new PgParser(1 << 20);
        assertThatThrownBy(() -> small.parse("SELECT 1" + " + 1".repeat(10_000)))
                .isInstanceOf(SqlSyntaxException.class)
                .hasMessage("nested too deeply");
        assertThat(small.parse("SELECT 1 + 1").path("stmts")).hasSize(1);
        assertThat(PARSER.parse("SELECT 1" + " + 1".repeat(2_500)).path("stmts"))
                .hasSize(1);
    }

    @Test
    void growsNoLargerByErrorsAndStatements() {
        PgModule module = new PgModule();
        byte[] right = "ALTER TABLE t ADD CHECK (a > 0)".getBytes(StandardCharsets.UTF_8);
        byte[] wrong = "SELECT (a >".getBytes(StandardCharsets.UTF_8);
        long before = module.memoryBytes();
        for (int i = 0; i < 500; i++) {
            assertThat(module.parse(right).error()).isNull();
            assertThat(module.parse(wrong).error()).isNotNull();
            assertThat(module.scan(wrong)).startsWith("{");
        }
        assertThat(module.memoryBytes()).isEqualTo(before);
    }

    @Test
    void anInterruptIsKeptForLater() {
        Thread.currentThread().interrupt();
        assertThat(PARSER.parse("SELECT 1").path("stmts")).hasSize(1);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void servesSeveralThreads() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> tasks = IntStream.range(0, 40)
                    .<Callable<String>>mapToObj(i -> () -> PARSER.parse("SELECT 1 FROM t" + i)
                            .findValue("relname")
                            .asText())
                    .toList();
            List<Future<String>> names = threads.invokeAll(tasks);
            for (int i = 0; i < names.size(); i++) {
                assertThat(names.get(i).get()).isEqualTo("t" + i);
            }
        }
    }
}

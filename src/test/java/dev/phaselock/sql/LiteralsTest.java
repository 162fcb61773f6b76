package dev.phaselock.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiteralsTest {
    private static final PgParser PARSER = new PgParser();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "it's",
                "''",
                "\\",
                "\\'; DROP TABLE x; --",
                "two\nlines",
                "é😀",
                "$$",
                "\\n",
                "'\\",
                "%s"
            })
    void postgresReadsTheSameString(String value) {
        String sql = "SELECT " + Literals.quote(value);
        assertThat(PARSER.scan(sql)).hasSize(2);
        assertThat(PARSER.parse(sql)
                        .path("stmts")
                        .path(0)
                        .findValue("A_Const")
                        .path("sval")
                        .path("sval")
                        .asText())
                .isEqualTo(value);
    }

    @Test
    void aBackslashNeverStandsInAPlainConstant() {
        assertThat(Literals.quote("it's")).isEqualTo("'it''s'");
        assertThat(Literals.quote("a\\'b")).isEqualTo("E'a\\\\''b'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\0", "\ud800"})
    void refusesWhatPostgresCannotHold(String value) {
        assertThatThrownBy(() -> Literals.quote(value)).isInstanceOf(IllegalArgumentException.class);
    }
}

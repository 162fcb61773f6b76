package dev.phaselock.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SqlStatementsTest {
    private static final String ATOMIC =
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END";

    private final PgParser parser = new PgParser();

    private List<String> texts(String sql) {
        return SqlStatements.of(parser, sql).stream().map(SqlStatement::text).toList();
    }

    @Test
    void aStatementThatHasSemicolonsInItIsWhole() {
        assertThat(texts(ATOMIC)).containsExactly(ATOMIC);
        assertThat(texts(ATOMIC + " ; -- the end")).containsExactly(ATOMIC);
        assertThat(texts("SELECT 'é';" + ATOMIC + ";;SELECT 3;")).containsExactly("SELECT 'é'", ATOMIC, "SELECT 3");
    }

    @Test
    void whatStandsBehindTheLastSemicolonIsNoStatement() {
        assertThat(texts("SELECT 1; /* ; */ ;; -- x\n")).containsExactly("SELECT 1");
        assertThat(texts("SELECT 1 -- x;\n")).containsExactly("SELECT 1");
    }
}

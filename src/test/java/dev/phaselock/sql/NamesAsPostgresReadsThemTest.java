package dev.phaselock.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reading of names by hand and PostgreSQL's own, side by side. */
class NamesAsPostgresReadsThemTest {
    private static final PgParser PARSER = new PgParser();

    static String[] names() {
        return new String[] {
            "orders",
            "Orders",
            "\"Orders\"",
            "shop.orders",
            "Shop.\"Orders\"",
            "\"A\".\"b.c\"",
            " a . b ",
            "\n\ta\f.\u000bb",
            "\"a\"\"b\"",
            "\"\"\"\"",
            "\"two\nlines\"",
            "\"50% off\"",
            "\"' -- /* ; $$ \\\"",
            "a$1",
            "_",
            "ÄÖÜẞİΣ",
            "\"ÄÖÜẞİΣ\"",
            "😀Smile",
            "a\u00a0b",
            "e\u0301",
            "\ufeffa",
            "A".repeat(62),
            "A".repeat(63),
            "A".repeat(64),
            "\"" + "A".repeat(200) + "\"",
            "é".repeat(31) + "a",
            "é".repeat(32),
            "aé".repeat(40),
            "€".repeat(21),
            "a" + "€".repeat(21),
            "\"" + "€".repeat(30) + "\"",
            "😀".repeat(16),
            "a" + "😀".repeat(16),
            "\"" + "\"\"".repeat(100) + "\"",
            "S".repeat(70) + "." + "T".repeat(70),
        };
    }

    @ParameterizedTest
    @MethodSource("names")
    void areTheSame(String text) {
        QualifiedName read = QualifiedName.parse(text);
        assertThat(read).isEqualTo(byPostgres(text));
        assertThat(byPostgres(read.quoted())).isEqualTo(read);
        assertThat(byPostgres(read.toString())).isEqualTo(read);
    }

    @ParameterizedTest
    @ValueSource(strings = {"select", "user", "order", "Table", "default", "public.select", "\"select\""})
    void reservedWordsAreNamesToo(String text) {
        QualifiedName read = QualifiedName.parse(text);
        assertThat(byPostgres(read.quoted())).isEqualTo(read);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "a b c", "1a", "$a", "a-b", "\"\"", "\"a", "a.", ".a", "a..b", "'a'", "a;;b", "a)", "a.1", "a\0"
            })
    void whatPostgresRefusesIsRefused(String text) {
        assertThatThrownBy(() -> byPostgres(text)).isInstanceOf(SqlSyntaxException.class);
        assertThatThrownBy(() -> QualifiedName.parse(text)).isInstanceOf(InvalidIdentifierException.class);
    }

    private static QualifiedName byPostgres(String text) {
        JsonNode relation = PARSER.parse("SELECT 1 FROM " + text)
                .path("stmts")
                .path(0)
                .path("stmt")
                .path("SelectStmt")
                .path("fromClause")
                .path(0)
                .path("RangeVar");
        Identifier name = new Identifier(relation.path("relname").asText());
        return relation.has("schemaname")
                ? new QualifiedName(new Identifier(relation.path("schemaname").asText()), name)
                : new QualifiedName(null, name);
    }
}

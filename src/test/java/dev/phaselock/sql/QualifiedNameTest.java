package dev.phaselock.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QualifiedNameTest {
    @Test
    void readsNamesWithAndWithoutSchema() {
        assertThat(QualifiedName.parse("Orders")).isEqualTo(new QualifiedName(null, new Identifier("orders")));
        assertThat(QualifiedName.parse("Shop.Orders")).isEqualTo(QualifiedName.of("shop", "orders"));
        assertThat(QualifiedName.parse("\"A\".\"b.c\"")).isEqualTo(QualifiedName.of("A", "b.c"));
        assertThat(QualifiedName.parse("shop .\n \"O\"")).isEqualTo(QualifiedName.of("shop", "O"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "a.b.c", "a.b c", "a.\"\"", "a,b", "a.b;", "a.*"})
    void refusesAnythingElse(String text) {
        assertThatThrownBy(() -> QualifiedName.parse(text)).isInstanceOf(InvalidIdentifierException.class);
    }

    @Test
    void quotesEachPart() {
        assertThat(QualifiedName.parse("a.\"B\"\"\"").quoted()).isEqualTo("\"a\".\"B\"\"\"");
        assertThat(QualifiedName.parse("order").quoted()).isEqualTo("\"order\"");
    }

    @Test
    void isShownToPeopleAsTheyWouldWriteIt() {
        assertThat(QualifiedName.parse("shop.orders")).hasToString("shop.orders");
        assertThat(QualifiedName.parse("\"Shop\".orders")).hasToString("\"Shop\".orders");
    }
}

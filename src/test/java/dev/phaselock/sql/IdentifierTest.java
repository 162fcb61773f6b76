package dev.phaselock.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifierTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "orders, orders",
                "Orders, orders",
                "\"Orders\", Orders",
                "\"a\"\"b\", a\"b",
                "\"\"\"\", \"",
                "a$1, a$1",
                "_9, _9",
                "ÄRGER, Ärger",
                "\"50%\", 50%",
                "select, select",
                "\"a.b c\", a.b c",
                "` a\n`, a",
                "`\"two\nlines\"`, `two\nlines`",
                "😀A, 😀a",
            })
    void readsNamesAsPostgresDoes(String text, String name) {
        assertThat(Identifier.parse(text)).isEqualTo(new Identifier(name));
    }

    @Test
    void onlyAsciiLettersFold() {
        assertThat(Identifier.parse("İÄẞΣ").name()).isEqualTo("İÄẞΣ");
        assertThat(Identifier.parse("ABCXYZ").name()).isEqualTo("abcxyz");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\"\"",
                "\"a",
                "a\"",
                "\"a\"b\"",
                "a b",
                "a-b",
                "1a",
                "$a",
                "a;",
                "a--",
                "a/**/",
                "a.b",
                "'a'",
                "U&\"a\"",
                "a\0",
                "\"a\0b\"",
                "\ud800",
                "\"\udc00\ud800\""
            })
    void refusesWhatIsNotOneIdentifier(String text) {
        assertThatThrownBy(() -> Identifier.parse(text)).isInstanceOf(InvalidIdentifierException.class);
    }

    @Test
    void theRefusalCitesTheText() {
        assertThatThrownBy(() -> Identifier.parse("order lines"))
                .hasMessage("not an SQL name: order lines: unexpected l at character 7; "
                        + "such a name is written in double quotes");
        assertThatThrownBy(() -> Identifier.parse("a\nb;\0")).hasMessageContaining("a\\nb;\\u{0}");
        assertThatThrownBy(() -> Identifier.parse("x ".repeat(100_000)))
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(250));
    }

    @ParameterizedTest
    @CsvSource({"a, 64, 63", "é, 32, 62", "€, 22, 63", "😀, 16, 60"})
    void cutsToSixtyThreeBytesBetweenCharacters(String character, int times, int bytes) {
        for (String text : new String[] {character.repeat(times), '"' + character.repeat(times) + '"'}) {
            String name = Identifier.parse(text).name();
            assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSize(bytes);
            assertThat(character.repeat(times)).startsWith(name);
        }
    }

    @Test
    void quotingAndReadingGiveTheSameName() {
        for (String name : new String[] {"a", "A", "a\"b", "\"", "a.b", "select", "two\nlines", "%s", "😀", "' --"}) {
            assertThat(Identifier.parse(new Identifier(name).quoted())).isEqualTo(new Identifier(name));
        }
    }

    @Test
    void isShownToPeopleWithQuotesOnlyWhereTheyMatter() {
        assertThat(new Identifier("orders_2")).hasToString("orders_2");
        assertThat(new Identifier("Orders")).hasToString("\"Orders\"");
        assertThat(new Identifier("2nd")).hasToString("\"2nd\"");
        assertThat(new Identifier("a b\"")).hasToString("\"a b\"\"\"");
    }

    @Test
    void holdsNoNameThatPostgresCannotHold() {
        for (String name : new String[] {"", "a\0", "\ud83d"}) {
            assertThatThrownBy(() -> new Identifier(name)).isInstanceOf(InvalidIdentifierException.class);
        }
    }
}

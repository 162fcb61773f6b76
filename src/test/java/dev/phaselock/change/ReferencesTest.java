package dev.phaselock.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddExclusionSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateTableSpec;
import dev.phaselock.sql.PgParser;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferencesTest {
    private static final PgParser PARSER = new PgParser();

    private static List<Change> table(String elements) {
        return Changes.from(List.of(ChangeSpec.of(new CreateTableSpec("t", elements, null))));
    }

    @Test
    void namesBehindReferencesAreFoundAndNoOthers() {
        List<Change> changes =
                table("a int REFERENCES p, b int references\n s . \"P \"\"q\" (id), c text DEFAULT 'REFERENCES x',"
                        + " \"references\" int, d int DEFAULT E'\\' REFERENCES y', e text DEFAULT $$ REFERENCES z $$,"
                        + " FOREIGN KEY (a) REFERENCES\"r\"");

        Expressions.require(changes, PARSER);
        assertThat(changes.getFirst().tables()).extracting(Object::toString).containsExactly("p", "s.\"P \"\"q\"", "r");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id int); DROP TABLE x; --",
                "id int); DROP TABLE x; CREATE TABLE y (id int",
                "id int) INHERITS (x",
                "id int /* here */",
                "LIKE x INCLUDING ALL",
                "id int REFERENCES",
                "id int REFERENCES 'x'",
                "id int REFERENCES U&\"\\0061\"",
                "id int REFERENCES p (id",
                "id int,",
                "PARTITION OF x DEFAULT",
            })
    void whatIsNoListOfColumnsAndConstraintsIsRefused(String elements) {
        assertThatThrownBy(() -> Expressions.require(table(elements), PARSER))
                .isInstanceOf(InvalidChangeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RANGE (a) WITH (fillfactor = 70)",
                "RANGE (a) TABLESPACE x",
                "RANGE (a) ON COMMIT DROP",
                "RANGE (a); DROP TABLE x",
                "RANGE",
            })
    void whatIsNoPartitionKeyIsRefused(String key) {
        assertThatThrownBy(() -> Expressions.require(
                        Changes.from(List.of(ChangeSpec.of(new CreateTableSpec("t", "a int", key)))), PARSER))
                .isInstanceOf(InvalidChangeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "USING gist (r WITH &&), DROP COLUMN c",
                "USING gist (r WITH &&); DROP TABLE x",
                "(r WITH &&) NOT VALID",
                "UNIQUE (a)",
            })
    void whatIsNoExclusionIsRefused(String definition) {
        assertThatThrownBy(() -> Expressions.require(
                        Changes.from(List.of(ChangeSpec.of(new AddExclusionSpec("t", "c", definition)))), PARSER))
                .isInstanceOf(InvalidChangeException.class);
    }
}

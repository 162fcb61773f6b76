package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.change.Changes;
import dev.phaselock.change.InvalidChangeException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestedChangesTest {
    @Test
    void sqlMeansTheSameAsTheChangesThatItSays() {
        List<ChangeSpec> changes = List.of(
                ChangeSpec.of(new AddForeignKeySpec(
                        "orders",
                        "orders_customer_fk",
                        List.of("customer_id"),
                        new AddForeignKeySpec.References("customers", List.of("id")),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null)),
                ChangeSpec.of(new AddCheckSpec("orders", "orders_total_positive", "total >= 0", null)));

        assertThat(RequestedChanges.of(null, """
                BEGIN;
                SET LOCAL lock_timeout = '2s';
                ALTER TABLE orders
                  ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID,
                  ADD CONSTRAINT orders_total_positive CHECK (total >= 0);
                COMMIT;
                ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fk;
                """))
                .isEqualTo(Changes.from(changes))
                .isEqualTo(RequestedChanges.of(changes, null));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ALTER TABLE orders ADD UNIQUE (a);¶ALTER TABEL orders | sql: line 2, column 7: syntax error at or near "TABEL"
            ALTER TABLE o ADD CHECK (a > 0);¶ UPDATE o SET a = a + 1 | sql: line 2, column 2: UPDATE o SET a = a + 1: a new value depends
            TRUNCATE orders | sql: line 1, column 1: TRUNCATE orders: it would lock everybody out
            -- nothing | sql: there is nothing to change in it
            BEGIN; COMMIT | sql: there is nothing to change in it
            ALTER TABLE o ADD CHECK (a > 0), ADD CHECK (a > 0) | sql: as changes[1]: the same as changes[0]
            """)
    void whatIsNotUnderstoodIsRefusedWithItsPlace(String sql, String message) {
        assertThatThrownBy(() -> RequestedChanges.of(null, sql.replace("¶", "\n")))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void bothOrNeitherIsRefused() {
        assertThatThrownBy(() -> RequestedChanges.of(
                        List.of(ChangeSpec.of(new AddCheckSpec("orders", null, "total >= 0", null))), "SELECT 1"))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessage("sql: either changes or sql is wanted, and only one of them");
        assertThatThrownBy(() -> RequestedChanges.of(null, null))
                .isInstanceOf(InvalidChangeException.class)
                .hasMessageStartingWith("changes: ");
    }
}

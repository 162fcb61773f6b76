package dev.phaselock.bench;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.ChangeSpec;
import java.util.List;

/** The schema change that is wanted. */
enum Ddl {
    /** SHARE ROW EXCLUSIVE on orders and customers. */
    FOREIGN_KEY,
    /** ACCESS EXCLUSIVE on orders. */
    CHECK;

    private static final String NAME = "wanted";
    private static final String CONDITION = "total > -1000000";

    /** As one writes it by hand. */
    String sql(Tables tables) {
        return "ALTER TABLE " + tables.orders() + " ADD CONSTRAINT " + NAME
                + switch (this) {
                    case FOREIGN_KEY -> " FOREIGN KEY (customer_id) REFERENCES " + tables.customers() + " (id)";
                    case CHECK -> " CHECK (" + CONDITION + ")";
                };
    }

    /** Without a look at the rows that are there: all that has to happen under the strong lock. */
    String notValid(Tables tables) {
        return sql(tables) + " NOT VALID";
    }

    /** As Phaselock is told. */
    ChangeSpec change(Tables tables) {
        return switch (this) {
            case FOREIGN_KEY ->
                ChangeSpec.of(new AddForeignKeySpec(
                        tables.orders(),
                        NAME,
                        List.of("customer_id"),
                        new AddForeignKeySpec.References(tables.customers(), List.of("id")),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null));
            case CHECK -> ChangeSpec.of(new AddCheckSpec(tables.orders(), NAME, CONDITION, null));
        };
    }
}

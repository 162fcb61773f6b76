package dev.phaselock.plan;

import static dev.phaselock.plan.Facts.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.References;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Changes;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Privileges;
import dev.phaselock.plan.CatalogFacts.Server;
import dev.phaselock.plan.CatalogFacts.UniqueKey;
import dev.phaselock.plan.Facts.TableFacts;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What cannot be done is refused with its reason, what is missing, and what helps. */
class RefusalsTest {
    private static final ChangeSpec FOREIGN_KEY = key(List.of("customer_id"), null, null, null);
    private static final ChangeSpec CHECK = ChangeSpec.of(new AddCheckSpec("orders", "c", "amount > 0", null));

    private static ChangeSpec key(
            List<String> columns, List<String> referenced, Action onDelete, List<String> onDeleteColumns) {
        return ChangeSpec.of(new AddForeignKeySpec(
                "orders",
                "x",
                columns,
                new References("customers", referenced),
                onDelete,
                onDeleteColumns,
                null,
                null,
                null,
                null));
    }

    private static TableFacts orders() {
        return table("orders")
                .columns("id bigint", "customer_id bigint", "amount numeric")
                .primaryKey("id");
    }

    private static TableFacts customers() {
        return table("customers").columns("id bigint", "name text").primaryKey("id");
    }

    private static TableFacts customersWith(boolean select, boolean references) {
        return table("customers")
                .privileges(new Privileges(true, true, false, false, select, references, false))
                .columns("id bigint")
                .primaryKey("id");
    }

    private static void assertRefused(Facts facts, ChangeSpec change, Reason reason, String message) {
        RefusedException refused = catchThrowableOfType(
                RefusedException.class,
                () -> Planner.plan(Changes.from(List.of(change)), ValidationSpec.DEFAULT, facts.build()));
        assertThat(refused).hasMessageContaining(message);
        assertThat(refused.reason()).isEqualTo(reason);
    }

    @Test
    void aMissingTableIsNamedWithTheNearest() {
        Facts facts = Facts.postgres(17)
                .with(customers())
                .other("order")
                .other("Orders")
                .other("invoices");

        assertRefused(
                facts,
                FOREIGN_KEY,
                Reason.INVALID_TARGET,
                "table \"orders\" is not there; did you mean public.\"Orders\"?");
        assertRefused(
                Facts.postgres(17).with(orders()).other("invoices"),
                FOREIGN_KEY,
                Reason.INVALID_TARGET,
                "table \"customers\" is not there");
    }

    @Test
    void aMissingColumnIsNamedWithTheNearest() {
        Facts facts = Facts.postgres(17).with(orders(), customers());

        assertRefused(
                facts,
                key(List.of("custmer_id"), null, null, null),
                Reason.INVALID_TARGET,
                "column \"custmer_id\" of public.orders is not there; did you mean customer_id?");
        assertRefused(
                facts,
                key(List.of("customer_id"), List.of("key"), null, null),
                Reason.INVALID_TARGET,
                "column \"key\" of public.customers is not there");
    }

    @Test
    void whatIsNoTableIsRefused() {
        assertRefused(
                Facts.postgres(17).with(orders().kind(Kind.VIEW), customers()),
                FOREIGN_KEY,
                Reason.INVALID_TARGET,
                "public.orders is a view");
        assertRefused(
                Facts.postgres(17).with(orders().kind(Kind.FOREIGN)),
                CHECK,
                Reason.INVALID_TARGET,
                "public.orders is a foreign table");
    }

    @Test
    void aReferencedTableNeedsAKeyOverTheColumns() {
        assertRefused(
                Facts.postgres(17).with(orders(), table("customers").columns("id bigint")),
                FOREIGN_KEY,
                Reason.INVALID_TARGET,
                "public.customers has no primary key: name the columns in references.columns");
        assertRefused(
                Facts.postgres(17).with(orders(), customers()),
                key(List.of("customer_id"), List.of("name"), null, null),
                Reason.INVALID_TARGET,
                "over exactly name (one that is neither partial nor deferrable); there is one over id");
        assertRefused(
                Facts.postgres(17)
                        .with(
                                orders(),
                                table("customers").columns("id bigint").key(new UniqueKey(List.of("id"), true, false))),
                FOREIGN_KEY,
                Reason.INVALID_TARGET,
                "nor deferrable");
        assertRefused(
                Facts.postgres(17)
                        .with(
                                orders(),
                                table("customers").columns("id bigint", "n int").primaryKey("id", "n")),
                FOREIGN_KEY,
                Reason.INVALID_TARGET,
                "the primary key of public.customers has 2 columns (id, n), columns has 1");
    }

    @Test
    void theOrderOfAKeysColumnsDoesNotMatter() {
        Facts facts = Facts.postgres(17)
                .with(
                        orders(),
                        table("customers").columns("id bigint", "n bigint").primaryKey("n", "id"))
                .comparable(2);

        assertThat(Planner.plan(
                                Changes.from(
                                        List.of(key(List.of("customer_id", "id"), List.of("id", "n"), null, null))),
                                ValidationSpec.DEFAULT,
                                facts.build())
                        .phases())
                .hasSize(2);
    }

    @Test
    void typesThatCannotBeComparedAreNamed() {
        assertRefused(
                Facts.postgres(17)
                        .with(orders(), customers())
                        .probe(new Probe.Failed("42804", "foreign key constraint … cannot be implemented")),
                FOREIGN_KEY,
                Reason.INVALID_TARGET,
                "public.orders (customer_id bigint) cannot refer to public.customers (id bigint): these types have no common operator =");
    }

    @Test
    void whatTheServerSaysOfAnExpressionDecidesTheReason() {
        Facts facts = Facts.postgres(17).with(orders());
        assertRefused(
                facts.probe(new Probe.Failed("42703", "column \"amout\" does not exist")),
                CHECK,
                Reason.INVALID_TARGET,
                "PostgreSQL does not take the expression as a check of public.orders: column \"amout\" does not exist");
        assertRefused(
                Facts.postgres(17).with(orders()).probe(new Probe.Failed("42804", "must be boolean")),
                CHECK,
                Reason.INVALID_EXPRESSION,
                "must be boolean");
        assertRefused(
                Facts.postgres(17).with(orders()).probe(new Probe.Failed("42501", "permission denied for function f")),
                CHECK,
                Reason.PERMISSION_DENIED,
                "function f");
    }

    @Test
    void missingPrivilegesAreNamedWithTheGrant() {
        Privileges notOwner = new Privileges(true, true, false, true, true, true, false);
        assertRefused(
                Facts.postgres(17)
                        .with(orders().privileges(notOwner).owner("Shop"), customers())
                        .comparable(1),
                FOREIGN_KEY,
                Reason.PERMISSION_DENIED,
                "role app is not the owner of public.orders, \"Shop\" is: GRANT \"Shop\" TO \"app\"");
        assertRefused(
                Facts.postgres(17).with(orders().privileges(notOwner)).understands("(amount > 0)", "amount"),
                CHECK,
                Reason.PERMISSION_DENIED,
                "is not the owner of public.orders");
        assertRefused(
                Facts.postgres(17).with(orders(), customersWith(true, false)).comparable(1),
                FOREIGN_KEY,
                Reason.PERMISSION_DENIED,
                "GRANT REFERENCES (\"id\") ON \"public\".\"customers\" TO \"app\"");
        assertRefused(
                Facts.postgres(17).with(orders(), customersWith(false, true)).comparable(1),
                FOREIGN_KEY,
                Reason.PERMISSION_DENIED,
                "GRANT SELECT (\"id\") ON \"public\".\"customers\" TO \"app\"");
        assertRefused(
                Facts.postgres(17)
                        .with(
                                orders().privileges(new Privileges(false, true, true, true, true, true, false)),
                                customers()),
                FOREIGN_KEY,
                Reason.PERMISSION_DENIED,
                "GRANT USAGE ON SCHEMA \"public\" TO \"app\"");
        assertRefused(
                Facts.postgres(17)
                        .with(orders(), customers().owner("boss").ownerReads(false))
                        .comparable(1),
                FOREIGN_KEY,
                Reason.PERMISSION_DENIED,
                "GRANT USAGE ON SCHEMA \"public\" TO \"boss\"");
        assertRefused(
                Facts.postgres(17)
                        .server(new Server(170_001, "17.1", false, false, "app", "Shop", false))
                        .with(orders()),
                CHECK,
                Reason.PERMISSION_DENIED,
                "GRANT TEMPORARY ON DATABASE \"Shop\" TO \"app\"");
    }

    @Test
    void rowSecurityThatHidesRowsIsRefused() {
        Privileges hidden = new Privileges(true, true, true, true, true, true, true);
        String message = "row security of public.customers may hide rows from role app";
        assertRefused(
                Facts.postgres(17)
                        .with(orders(), customers().privileges(hidden))
                        .comparable(1),
                FOREIGN_KEY,
                Reason.ROW_SECURITY,
                message);
        assertRefused(
                Facts.postgres(17).with(orders().privileges(hidden)).understands("(amount > 0)", "amount"),
                CHECK,
                Reason.ROW_SECURITY,
                "set validation.existingViolations to Proceed");
    }

    @Test
    void aServerThatCannotBeChangedIsRefused() {
        assertRefused(
                Facts.postgres(17).server(new Server(170_001, "17.1", true, true, "app", "shop", true)),
                CHECK,
                Reason.READ_ONLY,
                "the server is a standby");
        assertRefused(
                Facts.postgres(17).server(new Server(170_001, "17.1", false, true, "app", "shop", true)),
                CHECK,
                Reason.READ_ONLY,
                "default_transaction_read_only");
        assertRefused(Facts.postgres(12), CHECK, Reason.UNSUPPORTED, "PostgreSQL 12.1 is too old");
    }

    @Test
    void whatAVersionCannotDoIsRefused() {
        assertRefused(
                Facts.postgres(14)
                        .with(
                                orders(),
                                table("customers")
                                        .columns("id bigint", "n bigint")
                                        .primaryKey("id", "n"))
                        .comparable(2),
                key(List.of("customer_id", "id"), null, Action.SET_NULL, List.of("customer_id")),
                Reason.UNSUPPORTED,
                "onDeleteColumns needs PostgreSQL 15, this is 14");
        assertRefused(
                Facts.postgres(18)
                        .with(orders().partitions(table("o1").kind(Kind.FOREIGN)), customers())
                        .comparable(1),
                FOREIGN_KEY,
                Reason.UNSUPPORTED,
                "partition public.o1 of public.orders is a foreign table");
        assertRefused(
                Facts.postgres(18)
                        .with(
                                table("orders")
                                        .column(new Column("customer_id", "bigint", null, 's', true, true, null)),
                                customers())
                        .comparable(1),
                key(List.of("customer_id"), null, Action.SET_NULL, null),
                Reason.INVALID_TARGET,
                "customer_id is a generated column");
        assertRefused(
                Facts.postgres(18).with(orders(), customers().persistence('u')).comparable(1),
                FOREIGN_KEY,
                Reason.INVALID_TARGET,
                "public.orders is permanent and public.customers is unlogged");
    }

    @Test
    void twoChangesThatMeanTheSameAreRefused() {
        ChangeSpec qualified = ChangeSpec.of(new AddCheckSpec("public.orders", null, "amount>0", null));
        Facts facts = Facts.postgres(17)
                .with(orders())
                .understands("(amount > 0)", "amount")
                .understands("(amount > 0)", "amount");
        CatalogFacts built = facts.build();
        CatalogFacts both = new CatalogFacts(
                built.server(),
                Map.of(
                        QualifiedName.parse("orders"),
                        built.tables().get(QualifiedName.parse("orders")),
                        QualifiedName.parse("public.orders"),
                        built.tables().get(QualifiedName.parse("orders"))),
                List.of(),
                List.of(),
                built.takenNames(),
                built.relations(),
                built.probes());

        assertThatThrownBy(() -> Planner.plan(Changes.from(List.of(CHECK, qualified)), ValidationSpec.DEFAULT, both))
                .isInstanceOf(RefusedException.class)
                .hasMessage("changes[1] is the same as an earlier change");
    }
}

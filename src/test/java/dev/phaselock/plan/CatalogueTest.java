package dev.phaselock.plan;

import static dev.phaselock.plan.Facts.check;
import static dev.phaselock.plan.Facts.foreignKey;
import static dev.phaselock.plan.Facts.table;
import static dev.phaselock.plan.Facts.toCustomers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.AlterTypeSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DropColumnSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.DropNotNullSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.api.SetStatisticsSpec;
import dev.phaselock.api.SetStorageSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Changes;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plans of operations on constraints, NOT NULL and defaults, without a server. */
class CatalogueTest {
    private static final OperationSpec NOT_NULL = new SetNotNullSpec("orders", "total");

    private static Facts.TableFacts orders(boolean notNull) {
        return table("orders").detailed("total", notNull, "").columns("customer_id bigint");
    }

    private static CatalogFacts.Column column(String name, ColumnUse use) {
        return new CatalogFacts.Column(
                name,
                "integer",
                null,
                ' ',
                true,
                true,
                new CatalogFacts.ColumnDetails(false, false, false, false, Set.of(""), Set.of(-1), Set.of("p"), use));
    }

    private static Plan plan(Facts facts, OperationSpec... operations) {
        return Planner.plan(
                Changes.from(Stream.of(operations).map(ChangeSpec::of).toList()),
                ValidationSpec.DEFAULT,
                facts.build());
    }

    private static void assertRefused(String message, Facts facts, OperationSpec... operations) {
        assertThatThrownBy(() -> plan(facts, operations))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 14, 15, 16, 17})
    void before18ACheckProvesThatNoRowIsNull(int major) {
        assertThat(PlanText.of(plan(Facts.postgres(major).with(orders(false)), NOT_NULL)))
                .isEqualTo("""
                        1-verify: Look for rows where total is null
                          look at public.orders where r.total IS NOT DISTINCT FROM NULL
                        2-apply: Add a check that total is not null, NOT VALID
                          ALTER TABLE public.orders ADD CONSTRAINT HELPER CHECK (total IS DISTINCT FROM NULL) NOT VALID
                            locks orders ACCESS EXCLUSIVE
                        3-validate: Validate that total is not null
                          ALTER TABLE public.orders VALIDATE CONSTRAINT HELPER
                            locks orders SHARE UPDATE EXCLUSIVE
                        4-apply: Set NOT NULL of total and drop the check
                          ALTER TABLE public.orders ALTER COLUMN total SET NOT NULL
                          ALTER TABLE public.orders DROP CONSTRAINT HELPER
                            locks orders ACCESS EXCLUSIVE
                            guarded
                        """.replace("HELPER", SetNotNullPlan.helperName("total")));
    }

    @Test
    void from18OnTheConstraintItselfIsAddedNotValid() {
        assertThat(PlanText.of(plan(Facts.postgres(18).with(orders(false)), NOT_NULL)))
                .isEqualTo("""
                        1-verify: Look for rows where total is null
                          look at public.orders where r.total IS NOT DISTINCT FROM NULL
                        2-apply: Add NOT NULL of total NOT VALID
                          ALTER TABLE public.orders ADD CONSTRAINT orders_total_not_null NOT NULL total NOT VALID
                            locks orders ACCESS EXCLUSIVE
                        3-validate: Validate that total is not null
                          ALTER TABLE public.orders VALIDATE CONSTRAINT orders_total_not_null
                            locks orders SHARE UPDATE EXCLUSIVE
                        """);
    }

    @Test
    void theNameOfTheCheckFitsAndTellsColumnsApart() {
        String one = SetNotNullPlan.helperName("ü".repeat(31) + "a");
        String other = SetNotNullPlan.helperName("ü".repeat(31) + "b");

        assertThat(one).isNotEqualTo(other);
        assertThat(one.getBytes(java.nio.charset.StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(63);
    }

    @Test
    void aForeignKeyThatIsDroppedLocksBothTables() {
        Facts facts = Facts.postgres(17)
                .with(
                        orders(false).constraint(foreignKey("fk", toCustomers(), true)),
                        table("customers").columns("id bigint"));

        assertThat(PlanText.of(plan(facts, new DropConstraintSpec("orders", "fk"))))
                .isEqualTo("""
                        1-apply: Drop fk
                          ALTER TABLE public.orders DROP CONSTRAINT fk
                            locks orders ACCESS EXCLUSIVE, customers ACCESS EXCLUSIVE
                        """);
    }

    @Test
    void aColumnThatIsDroppedLocksTheTablesThatItsForeignKeysReferTo() {
        Facts facts = Facts.postgres(17)
                .with(
                        table("orders")
                                .column(column(
                                        "shop",
                                        new ColumnUse(
                                                false,
                                                List.of(),
                                                List.of(Facts.relation("customers")
                                                        .oid()),
                                                ""))),
                        table("customers").columns("id bigint"));

        assertThat(PlanText.of(plan(facts, new DropColumnSpec("orders", "shop"))))
                .isEqualTo("""
                        1-apply: Drop column shop
                          ALTER TABLE public.orders DROP COLUMN shop
                            locks orders ACCESS EXCLUSIVE, customers ACCESS EXCLUSIVE
                        """);
        assertThat(plan(Facts.postgres(17).with(orders(false)), new DropColumnSpec("orders", "shop"))
                        .validated())
                .isTrue();
    }

    @Test
    void aColumnThatOthersNeedIsNotDropped() {
        Facts needed = Facts.postgres(17)
                .with(table("orders")
                        .column(column("shop", new ColumnUse(false, List.of("view public.v"), List.of(), ""))));
        Facts inherited = Facts.postgres(17)
                .with(table("orders").column(column("shop", new ColumnUse(true, List.of(), List.of(), ""))));

        assertRefused("view public.v", needed, new DropColumnSpec("orders", "shop"));
        assertRefused("drop it there", inherited, new DropColumnSpec("orders", "shop"));
    }

    private static Probe.Altered integer(String value, boolean rewritten, boolean filled) {
        return new Probe.Altered("integer", null, Set.of(value), rewritten, filled, List.of());
    }

    @Test
    void aColumnWhoseDefaultIsKeptInTheCatalogIsAddedAtOnce() {
        OperationSpec add = new AddColumnSpec("orders", "total", "int", null, "1+1", true, null);
        Facts missing =
                Facts.postgres(17).with(table("orders").columns("id bigint")).probe(integer("(1 + 1)", false, true));
        Facts there = Facts.postgres(17)
                .with(table("orders").columns("id bigint").detailed("total", true, "(1 + 1)"))
                .probe(integer("(1 + 1)", false, true));

        assertThat(PlanText.of(plan(missing, add))).isEqualTo("""
                        1-apply: Add column total
                          ALTER TABLE public.orders ADD COLUMN total integer DEFAULT ( 1+1 ) NOT NULL
                            locks orders ACCESS EXCLUSIVE
                        """);
        assertThat(plan(there, add).validated()).isTrue();
        assertThat(plan(there, add).hash()).isEqualTo(plan(missing, add).hash());
    }

    @Test
    void aColumnThatIsWrittenIntoEachRowOrIsThereAsAnotherIsRefused() {
        OperationSpec add = new AddColumnSpec("orders", "total", "int", null, "random()", true, null);
        Facts volatileDefault = Facts.postgres(17).with(table("orders")).probe(integer("random()", true, false));
        Facts nullDefault = Facts.postgres(17).with(table("orders")).probe(integer("", false, false));
        Facts nullable = Facts.postgres(17).with(orders(false)).probe(integer("", false, true));

        assertRefused("write every row of public.orders anew", volatileDefault, add);
        assertRefused("is null, so rows of public.orders would violate", nullDefault, add);
        assertRefused("another definition: integer; wanted: integer NOT NULL", nullable, add);
    }

    @Test
    void aTypeIsChangedOnlyWhereTheServerHasNoWorkWithIt() {
        OperationSpec alter = new AlterTypeSpec("orders", "total", "bigint", null);
        Probe.Altered wanted = new Probe.Altered("bigint", null, Set.of(""), false, false, List.of());
        Probe.Altered rewritten = new Probe.Altered("bigint", null, Set.of(""), true, false, List.of());

        assertThat(PlanText.of(plan(Facts.postgres(17).with(orders(false)).probe(wanted), alter)))
                .isEqualTo("""
                        1-apply: Change the type of total
                          ALTER TABLE public.orders ALTER COLUMN total TYPE bigint
                            locks orders ACCESS EXCLUSIVE
                            guarded
                        """);
        assertRefused(
                "write every row anew", Facts.postgres(17).with(orders(false)).probe(rewritten), alter);
        assertThat(plan(Facts.postgres(17).with(orders(false)).probe(integer("", true, false)), alterTo("int"))
                        .validated())
                .isTrue();
    }

    private static OperationSpec alterTo(String type) {
        return new AlterTypeSpec("orders", "total", type, null);
    }

    @Test
    void statisticsWaitForNobodyAndStorageIsBrief() {
        assertThat(PlanText.of(plan(
                        Facts.postgres(17)
                                .with(orders(false))
                                .probe(new Probe.None())
                                .probe(new Probe.None()),
                        new SetStatisticsSpec("orders", "total", 9),
                        new SetStorageSpec("orders", "total", SetStorageSpec.Storage.MAIN))))
                .isEqualTo("""
                        1-apply: Set the statistics of total
                          ALTER TABLE public.orders ALTER COLUMN total SET STATISTICS 9
                            locks orders SHARE UPDATE EXCLUSIVE
                        2-apply: Set the storage of total
                          ALTER TABLE public.orders ALTER COLUMN total SET STORAGE MAIN
                            locks orders ACCESS EXCLUSIVE
                        """);
        assertThat(plan(
                                Facts.postgres(17)
                                        .with(orders(false))
                                        .probe(new Probe.None())
                                        .probe(new Probe.None()),
                                new SetStatisticsSpec("orders", "total", -1),
                                new SetStorageSpec("orders", "total", SetStorageSpec.Storage.PLAIN))
                        .validated())
                .isTrue();
    }

    @Test
    void noOtherChangeIsAboutAColumnThatIsDropped() {
        assertRefused(
                "changes[0] and changes[1] are both about column total",
                Facts.postgres(17).with(orders(true)),
                NOT_NULL,
                new DropColumnSpec("orders", "total"));
    }

    @Test
    void aConstraintThatIsNotThereIsDroppedOnlyWhereTheTableIs() {
        OperationSpec drop = new DropConstraintSpec("orders", "gone");

        assertThat(plan(Facts.postgres(17).with(orders(false)), drop).validated())
                .isTrue();
        assertRefused("\"orders\" is not there", Facts.postgres(17), drop);
    }

    @Test
    void twoChangesOfTheSameThingAreRefused() {
        Facts facts = Facts.postgres(17)
                .with(orders(true).constraint(check("c", "(total > 0)", true)))
                .probe(new Probe.None())
                .understands("(total > 0)", "total");

        assertRefused("the same as an earlier change", facts, NOT_NULL, new DropNotNullSpec("orders", "total"));
        assertRefused(
                "is also an earlier change's",
                facts,
                new DropConstraintSpec("orders", "c"),
                new AddCheckSpec("orders", "c", "total > 0", null));
        assertRefused(
                "is also an earlier change's",
                facts,
                new RenameConstraintSpec("orders", "c", "d"),
                new DropConstraintSpec("orders", "d"));
    }

    @Test
    void aDefaultThatTheServerWritesDownTheSameIsDone() {
        OperationSpec set = new SetDefaultSpec("orders", "total", "1+1");
        Facts facts = Facts.postgres(17)
                .with(table("orders").detailed("total", false, "(1 + 1)"))
                .probe(new Probe.Default(Set.of("(1 + 1)")));
        Facts other = Facts.postgres(17)
                .with(table("orders").detailed("total", false, "2"))
                .probe(new Probe.Default(Set.of("(1 + 1)")));

        assertThat(plan(facts, set).validated()).isTrue();
        assertThat(PlanText.of(plan(other, set))).isEqualTo("""
                        1-apply: Set the default of total
                          ALTER TABLE public.orders ALTER COLUMN total SET DEFAULT ( 1+1 )
                            locks orders ACCESS EXCLUSIVE
                        """);
        assertThat(plan(other, set).hash()).isEqualTo(plan(facts, set).hash());
    }
}

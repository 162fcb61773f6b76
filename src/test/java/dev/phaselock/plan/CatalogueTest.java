package dev.phaselock.plan;

import static dev.phaselock.plan.Facts.check;
import static dev.phaselock.plan.Facts.foreignKey;
import static dev.phaselock.plan.Facts.table;
import static dev.phaselock.plan.Facts.toCustomers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.AlterConstraintSpec;
import dev.phaselock.api.AlterTypeSpec;
import dev.phaselock.api.AttachPartitionSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DetachPartitionSpec;
import dev.phaselock.api.DropColumnSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.DropNotNullSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.api.SetStatisticsSpec;
import dev.phaselock.api.SetStorageParametersSpec;
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
        OperationSpec add = new AddColumnSpec("orders", "total", "int", null, "1+1", true, null, null);
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
    void aColumnWhoseDefaultIsVolatileIsFilledAndThenNotNull() {
        OperationSpec add = new AddColumnSpec("orders", "total", "int", null, "f()", true, null, null);
        Probe.Altered wanted = new Probe.Altered(
                "integer",
                null,
                Set.of("f()"),
                true,
                false,
                List.of(),
                new Probe.Filling(List.of("trigger touch on table orders"), List.of()));
        OperationSpec firing = new AddColumnSpec("orders", "total", "int", null, "f()", true, null, true);
        Facts missing =
                Facts.postgres(18).with(table("orders").columns("id bigint")).probe(wanted);

        assertRefused("would fire trigger touch on table orders for each of them", missing, add);
        assertThat(PlanText.of(plan(missing, firing))).isEqualTo("""
                        1-apply: Add column total and its default
                          ALTER TABLE public.orders ADD COLUMN total integer, ALTER COLUMN total SET DEFAULT ( f() ), ADD CONSTRAINT phaselock_backfill_total_11239872 CHECK (total IS NOT DISTINCT FROM NULL OR true) NO INHERIT NOT VALID
                            locks orders ACCESS EXCLUSIVE
                        2-backfill: Fill total of the rows that are there
                          UPDATE ONLY public.orders SET total = DEFAULT WHERE total IS NOT DISTINCT FROM NULL /* in batches */
                            locks orders ROW EXCLUSIVE (by the statement)
                          ALTER TABLE ONLY public.orders DROP CONSTRAINT phaselock_backfill_total_11239872
                            locks orders ACCESS EXCLUSIVE
                        3-verify: Look for rows where total is null
                          look at public.orders where r.total IS NOT DISTINCT FROM NULL
                        4-apply: Add NOT NULL of total NOT VALID
                          ALTER TABLE public.orders ADD CONSTRAINT orders_total_not_null NOT NULL total NOT VALID
                            locks orders ACCESS EXCLUSIVE
                        5-validate: Validate that total is not null
                          ALTER TABLE public.orders VALIDATE CONSTRAINT orders_total_not_null
                            locks orders SHARE UPDATE EXCLUSIVE
                        """);
    }

    @Test
    void aColumnThatIsWrittenIntoEachRowOrIsThereAsAnotherIsRefused() {
        OperationSpec add = new AddColumnSpec("orders", "total", "int", null, "random()", true, null, null);
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
    void aPartitionIsAttachedOnceChecksOfItAndOfTheDefaultPartitionAreValid() {
        Facts facts = Facts.postgres(17)
                .with(
                        table("events").columns("id integer").partitions(table("rest")),
                        table("events_1").columns("id integer"))
                .probe(new Probe.Partition(
                        0,
                        null,
                        false,
                        "FOR VALUES IN (1)",
                        "((id IS NOT NULL) AND (id = 1))",
                        Set.of("((id IS NOT NULL) AND (id = 1))"),
                        "(NOT ((id IS NOT NULL) AND (id = 1)))",
                        Set.of("(NOT ((id IS NOT NULL) AND (id = 1)))"),
                        Facts.relation("rest").oid(),
                        List.of(),
                        List.of()));
        String text = PlanText.of(plan(facts, new AttachPartitionSpec("events", "events_1", "FOR VALUES IN (1)")));

        assertThat(text.replaceAll("(phaselock_[a-z]+)_events_1_[0-9a-f]{8}", "$1"))
                .isEqualTo("""
                        1-verify: Look for rows that are in the wrong place for public.events_1
                          look at public.events_1 where NOT (((id IS NOT NULL) AND (id = 1)))
                          look at public.rest where NOT ((NOT ((id IS NOT NULL) AND (id = 1))))
                        2-apply: Add a check of the bound to public.events_1, NOT VALID
                          ALTER TABLE public.events_1 ADD CONSTRAINT phaselock_attach CHECK (((id IS NOT NULL) AND (id = 1))) NOT VALID
                            locks events_1 ACCESS EXCLUSIVE
                        3-validate: Validate the bound on public.events_1
                          ALTER TABLE public.events_1 VALIDATE CONSTRAINT phaselock_attach
                            locks events_1 SHARE UPDATE EXCLUSIVE
                        4-apply: Add a check of the bound to public.rest, NOT VALID
                          ALTER TABLE public.rest ADD CONSTRAINT phaselock_default CHECK ((NOT ((id IS NOT NULL) AND (id = 1)))) NOT VALID
                            locks rest ACCESS EXCLUSIVE
                        5-validate: Validate the bound on public.rest
                          ALTER TABLE public.rest VALIDATE CONSTRAINT phaselock_default
                            locks rest SHARE UPDATE EXCLUSIVE
                        6-apply: Attach public.events_1 to public.events
                          ALTER TABLE public.events ATTACH PARTITION public.events_1 FOR VALUES IN (1)
                          ALTER TABLE public.events_1 DROP CONSTRAINT phaselock_attach
                          ALTER TABLE public.rest DROP CONSTRAINT phaselock_default
                            locks events SHARE UPDATE EXCLUSIVE, events_1 ACCESS EXCLUSIVE, rest ACCESS EXCLUSIVE
                            guarded
                        """);
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 14, 18})
    void aPartitionIsDetachedConcurrentlyWherePostgresqlCan(int major) {
        Facts facts = Facts.postgres(major)
                .with(table("events").partitions(table("events_1")), table("events_1"))
                .probe(new Probe.Partition(
                        Facts.relation("events").oid(),
                        "FOR VALUES IN (1)",
                        false,
                        null,
                        null,
                        Set.of(),
                        null,
                        Set.of(),
                        0,
                        List.of(),
                        List.of()));

        assertThat(PlanText.of(plan(facts, new DetachPartitionSpec("events", "events_1"))))
                .isEqualTo(major == 13 ? """
                        1-index: Detach public.events_1 from public.events
                          ALTER TABLE public.events DETACH PARTITION public.events_1
                            locks events ACCESS EXCLUSIVE, events_1 SHARE UPDATE EXCLUSIVE
                            guarded
                        """ : """
                        1-index: Detach public.events_1 from public.events
                          ALTER TABLE public.events DETACH PARTITION public.events_1 CONCURRENTLY
                            locks events SHARE UPDATE EXCLUSIVE, events_1 ACCESS EXCLUSIVE
                        """);
    }

    @Test
    void aForeignKeyBecomesDeferrableUnderALockOfItsTableAlone() {
        Facts facts = Facts.postgres(13)
                .with(
                        orders(false).constraint(foreignKey("fk", toCustomers(), true)),
                        table("customers").columns("id bigint"));

        assertThat(PlanText.of(plan(facts, new AlterConstraintSpec("orders", "fk", true, null))))
                .isEqualTo("""
                        1-apply: Make fk DEFERRABLE INITIALLY IMMEDIATE
                          ALTER TABLE public.orders ALTER CONSTRAINT fk DEFERRABLE INITIALLY IMMEDIATE
                            locks orders ACCESS EXCLUSIVE
                        """);
        assertThat(plan(facts, new AlterConstraintSpec("orders", "fk", false, null))
                        .validated())
                .isTrue();
    }

    @Test
    void storageParametersAreSetBesideReadsAndWrites() {
        Facts facts = Facts.postgres(17).with(orders(true)).probe(new Probe.State(false));

        assertThat(PlanText.of(plan(
                        facts,
                        new SetStorageParametersSpec(
                                "orders",
                                List.of(
                                        new SetStorageParametersSpec.Parameter("fillfactor", "70"),
                                        new SetStorageParametersSpec.Parameter("parallel_workers", null))))))
                .isEqualTo("""
                        1-apply: Set storage parameters of public.orders
                          ALTER TABLE public.orders SET (fillfactor = '70')
                          ALTER TABLE public.orders RESET (parallel_workers)
                            locks orders SHARE UPDATE EXCLUSIVE
                        """);
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

package dev.phaselock.plan;

import static dev.phaselock.plan.Facts.check;
import static dev.phaselock.plan.Facts.foreignKey;
import static dev.phaselock.plan.Facts.table;
import static dev.phaselock.plan.Facts.toCustomers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddForeignKeySpec.References;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Change;
import dev.phaselock.change.Changes;
import dev.phaselock.plan.Facts.TableFacts;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plan table of the design, row by row. */
class PlannerTest {
    private static final ValidationSpec PROCEED =
            new ValidationSpec(ValidationSpec.Gate.VALIDATED, ValidationSpec.ExistingViolations.PROCEED, 5, 2);

    private static final ChangeSpec FOREIGN_KEY = foreignKeyTo("orders_customer_fk");
    private static final ChangeSpec CHECK =
            ChangeSpec.of(new AddCheckSpec("orders", "amount_positive", "amount > 0", null));

    private static ChangeSpec foreignKeyTo(String name) {
        return ChangeSpec.of(new AddForeignKeySpec(
                "orders",
                name,
                List.of("customer_id"),
                new References("customers", null),
                null,
                null,
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

    private static Plan plan(Facts facts, ChangeSpec... changes) {
        return Planner.plan(changes(changes), ValidationSpec.DEFAULT, facts.build());
    }

    private static List<Change> changes(ChangeSpec... changes) {
        return Changes.from(List.of(changes));
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 14, 15, 16, 17, 18})
    void aForeignKeyIsAddedNotValidAndThenValidated(int major) {
        Plan plan = plan(Facts.postgres(major).with(orders(), customers()).comparable(1), FOREIGN_KEY);

        assertThat(PlanText.of(plan)).isEqualTo("""
                1-apply: Add orders_customer_fk NOT VALID
                  ALTER TABLE public.orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES public.customers (id) NOT VALID
                    locks orders SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE
                2-validate: Validate orders_customer_fk
                  ALTER TABLE public.orders VALIDATE CONSTRAINT orders_customer_fk
                    locks orders SHARE UPDATE EXCLUSIVE, customers ROW SHARE
                """);
        assertThat(plan.target()).isEqualTo("public.orders");
        assertThat(plan.label()).isEqualTo("foreign key orders_customer_fk");
        assertThat(plan.relations()).containsExactly("public.customers", "public.orders");
        assertThat(plan.applied()).isFalse();
        assertThat(plan.validated()).isFalse();
    }

    @Test
    void aForeignKeyThatIsThereNotValidIsOnlyValidated() {
        Plan plan = plan(
                Facts.postgres(17)
                        .with(orders().constraint(foreignKey("orders_customer_fk", toCustomers(), false)), customers())
                        .comparable(1),
                FOREIGN_KEY);

        assertThat(plan.phases())
                .extracting(Phase::name, Phase::done)
                .containsExactly(tuple("1-apply", true), tuple("2-validate", false));
        assertThat(plan.applied()).isTrue();
        assertThat(plan.validated()).isFalse();
    }

    @Test
    void aForeignKeyThatIsThereIsAdoptedAndNeedsNoPrivilege() {
        Facts facts = Facts.postgres(17)
                .with(
                        orders().privileges(new CatalogFacts.Privileges(true, true, false, false, false, false, true))
                                .constraint(foreignKey("orders_customer_fk", toCustomers(), true)),
                        customers());

        assertThat(plan(facts, FOREIGN_KEY).validated()).isTrue();
    }

    @Test
    void withoutANameTheSameForeignKeyUnderAnyNameIsAdopted() {
        Facts facts =
                Facts.postgres(17).with(orders().constraint(foreignKey("whatever", toCustomers(), true)), customers());

        Plan plan = plan(facts, foreignKeyTo(null));

        assertThat(plan.validated()).isTrue();
        assertThat(plan.phases().getFirst().label()).isEqualTo("Add whatever NOT VALID");
    }

    @Test
    void withANameTheSameForeignKeyUnderAnotherNameIsNotAdopted() {
        Facts facts = Facts.postgres(17)
                .with(orders().constraint(foreignKey("whatever", toCustomers(), true)), customers())
                .comparable(1);

        assertThat(plan(facts, FOREIGN_KEY).applied()).isFalse();
    }

    @Test
    void theSameNameWithAnotherDefinitionIsRefusedShowingBoth() {
        Facts facts = Facts.postgres(17)
                .with(orders().constraint(check("orders_customer_fk", "customer_id > 0", true)), customers())
                .comparable(1);

        assertThatThrownBy(() -> plan(facts, FOREIGN_KEY))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CONFLICTING_DEFINITION))
                .hasMessageContaining("CHECK (customer_id > 0)")
                .hasMessageContaining("FOREIGN KEY (customer_id) REFERENCES public.customers(id)");
    }

    @Test
    void aForeignKeyThatIsNotEnforcedIsRefused() {
        CatalogFacts.Constraint there = foreignKey("orders_customer_fk", toCustomers(), false);
        CatalogFacts.Constraint notEnforced = new CatalogFacts.Constraint(
                there.name(),
                there.definition() + " NOT ENFORCED",
                there.columns(),
                false,
                false,
                true,
                false,
                false,
                null,
                there.foreignKey(),
                'f',
                false,
                null,
                List.of(),
                List.of());
        Facts facts = Facts.postgres(18).with(orders().constraint(notEnforced), customers());

        assertThatThrownBy(() -> plan(facts, FOREIGN_KEY))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("NOT ENFORCED");
    }

    @Test
    void on18AForeignKeyOfAPartitionedTableRecurses() {
        Plan plan = plan(
                Facts.postgres(18)
                        .with(orders().partitions(table("orders_1"), table("orders_2")), customers())
                        .comparable(1),
                FOREIGN_KEY);

        assertThat(PlanText.of(plan)).isEqualTo("""
                1-apply: Add orders_customer_fk NOT VALID
                  ALTER TABLE public.orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES public.customers (id) NOT VALID
                    locks orders SHARE ROW EXCLUSIVE, orders_1 SHARE ROW EXCLUSIVE, orders_2 SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE
                    guarded
                2-validate: Validate orders_customer_fk
                  ALTER TABLE public.orders VALIDATE CONSTRAINT orders_customer_fk
                    locks orders SHARE UPDATE EXCLUSIVE, orders_1 SHARE UPDATE EXCLUSIVE, orders_2 SHARE UPDATE EXCLUSIVE, customers ROW SHARE
                """);
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 17})
    void before18AForeignKeyOfAPartitionedTableIsAddedLeafByLeafAndThenToTheParent(int major) {
        Plan plan = plan(
                Facts.postgres(major)
                        .with(orders().partitions(table("orders_1"), table("orders_2")), customers())
                        .comparable(1),
                FOREIGN_KEY);

        assertThat(PlanText.of(plan)).isEqualTo("""
                1-apply: Add orders_customer_fk NOT VALID to each partition
                  ALTER TABLE public.orders_1 ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES public.customers (id) NOT VALID
                    locks orders_1 SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE
                  ALTER TABLE public.orders_2 ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES public.customers (id) NOT VALID
                    locks orders_2 SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE
                2-validate: Validate orders_customer_fk on each partition
                  ALTER TABLE public.orders_1 VALIDATE CONSTRAINT orders_customer_fk
                    locks orders_1 SHARE UPDATE EXCLUSIVE, customers ROW SHARE
                  ALTER TABLE public.orders_2 VALIDATE CONSTRAINT orders_customer_fk
                    locks orders_2 SHARE UPDATE EXCLUSIVE, customers ROW SHARE
                3-apply: Add orders_customer_fk
                  ALTER TABLE public.orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES public.customers (id)
                    locks orders SHARE ROW EXCLUSIVE, orders_1 SHARE ROW EXCLUSIVE, orders_2 SHARE ROW EXCLUSIVE, customers ACCESS EXCLUSIVE
                    guarded
                """);
    }

    @Test
    void aLeafsOwnForeignKeyIsTakenOverWhateverItsName() {
        Plan plan = plan(
                Facts.postgres(17)
                        .with(
                                orders().partitions(
                                                table("orders_1").constraint(foreignKey("older", toCustomers(), false)),
                                                table("orders_2")
                                                        .constraint(check("orders_customer_fk", "true", true))),
                                customers())
                        .comparable(1),
                FOREIGN_KEY);

        assertThat(PlanText.of(plan)).startsWith("""
                1-apply: Add orders_customer_fk NOT VALID to each partition
                  done: ALTER TABLE public.orders_1 ADD CONSTRAINT older FOREIGN KEY""").contains("""
                  ALTER TABLE public.orders_1 VALIDATE CONSTRAINT older
                """, """
                  ALTER TABLE public.orders_2 VALIDATE CONSTRAINT orders_2_customer_id_fkey
                """);
    }

    @Test
    void theGuardOfTheParentAsksForTheKeyOnEveryLeafThatIsThere() {
        Plan plan = plan(
                Facts.postgres(17)
                        .with(orders().partitions(table("orders_1"), table("orders_2")), customers())
                        .comparable(1),
                FOREIGN_KEY);

        assertThat(plan.phases().getLast().steps().getFirst())
                .isInstanceOfSatisfying(
                        Step.Brief.class,
                        step -> assertThat(step.guard())
                                .contains("pg_inherits")
                                .contains("c.convalidated")
                                .endsWith("= 2"));
    }

    @Test
    void aForeignKeyToAPartitionedTableLocksItsPartitions() {
        Plan plan = plan(
                Facts.postgres(17)
                        .with(orders(), customers().partitions(table("customers_1")))
                        .comparable(1),
                FOREIGN_KEY);

        assertThat(PlanText.of(plan))
                .contains(
                        "locks orders SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE, customers_1 SHARE ROW EXCLUSIVE\n    guarded",
                        "locks orders SHARE UPDATE EXCLUSIVE, customers ROW SHARE, customers_1 ACCESS SHARE");
    }

    @Test
    void aRoleThatMayNotLockTheReferencedTableLeavesThatToTheStatement() {
        Facts facts = Facts.postgres(17)
                .with(
                        orders(),
                        customers()
                                .privileges(new CatalogFacts.Privileges(true, true, false, false, true, true, false)))
                .comparable(1);

        assertThat(PlanText.of(plan(facts, FOREIGN_KEY)))
                .contains("locks orders SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE (by the statement)");
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void aCheckIsLookedForAddedNotValidAndThenValidated(int major) {
        Plan plan = plan(Facts.postgres(major).with(orders()).understands("(amount > (0)::numeric)", "amount"), CHECK);

        assertThat(PlanText.of(plan)).isEqualTo("""
                1-verify: Look for rows that violate amount_positive
                  look at public.orders where NOT ((amount > (0)::numeric))
                2-apply: Add amount_positive NOT VALID
                  ALTER TABLE public.orders ADD CONSTRAINT amount_positive CHECK ( amount > 0 ) NOT VALID
                    locks orders ACCESS EXCLUSIVE
                3-validate: Validate amount_positive
                  ALTER TABLE public.orders VALIDATE CONSTRAINT amount_positive
                    locks orders SHARE UPDATE EXCLUSIVE
                """);
    }

    @Test
    void withProceedACheckIsAddedFirst() {
        Facts facts = Facts.postgres(17).with(orders()).understands("(amount > (0)::numeric)", "amount");

        assertThat(Planner.plan(changes(CHECK), PROCEED, facts.build()).phases())
                .extracting(Phase::name)
                .containsExactly("1-apply", "2-validate");
    }

    @Test
    void onceACheckIsThereNoRowsAreLookedAtBeforeItsValidation() {
        Facts facts = Facts.postgres(17)
                .with(orders().constraint(check("amount_positive", "(amount > (0)::numeric)", false)))
                .understands("(amount > (0)::numeric)", "amount");

        assertThat(plan(facts, CHECK).phases()).extracting(Phase::done).containsExactly(true, true, false);
    }

    @Test
    void aCheckOfAPartitionedTableLocksAllPartitionsAndLooksAtTheLeaves() {
        Facts facts = Facts.postgres(17)
                .with(orders().partitions(
                                table("orders_1"),
                                table("orders_2").kind(CatalogFacts.Kind.PARTITIONED),
                                table("orders_21"),
                                table("orders_22").kind(CatalogFacts.Kind.FOREIGN)))
                .understands("(amount > (0)::numeric)", "amount");

        assertThat(PlanText.of(plan(facts, CHECK)))
                .startsWith("""
                        1-verify: Look for rows that violate amount_positive
                          look at public.orders_1 where NOT ((amount > (0)::numeric))
                          look at public.orders_21 where NOT ((amount > (0)::numeric))
                        2-apply""")
                .contains(
                        "locks orders ACCESS EXCLUSIVE, orders_1 ACCESS EXCLUSIVE, orders_2 ACCESS EXCLUSIVE, orders_21 ACCESS EXCLUSIVE, orders_22 ACCESS EXCLUSIVE (by the statement)\n    guarded");
    }

    @Test
    void aCheckWithoutInheritanceStaysWithItsTable() {
        ChangeSpec noInherit = ChangeSpec.of(new AddCheckSpec("orders", "c", "amount > 0", true));
        Facts facts = Facts.postgres(17).with(orders().children(table("child"))).understands("x", "amount");

        assertThat(PlanText.of(plan(facts, noInherit)))
                .contains("NO INHERIT NOT VALID\n    locks orders ACCESS EXCLUSIVE\n")
                .doesNotContain("child");
        assertThatThrownBy(() ->
                        plan(Facts.postgres(17).with(orders().partitions()).understands("x", "amount"), noInherit))
                .hasMessageContaining("is partitioned");
    }

    @Test
    void aChildsConstraintOfTheSameNameMustBeTheSame() {
        Facts facts = Facts.postgres(17)
                .with(orders().children(table("child").constraint(check("amount_positive", "(amount > 1)", true))))
                .understands("(amount > 0)", "amount");

        assertThatThrownBy(() -> plan(facts, CHECK))
                .hasMessageContaining("amount_positive of public.child is there with another definition");
    }

    @Test
    void phasesAreNumberedThroughAllChanges() {
        Plan plan = plan(
                Facts.postgres(17).with(orders(), customers()).comparable(1).understands("(amount > 0)", "amount"),
                FOREIGN_KEY,
                CHECK);

        assertThat(plan.phases())
                .extracting(Phase::name)
                .containsExactly("1-apply", "2-validate", "3-verify", "4-apply", "5-validate");
        assertThat(plan.phases()).extracting(Phase::change).containsExactly(0, 0, 1, 1, 1);
        assertThat(plan.label()).isEqualTo("foreign key orders_customer_fk and 1 more");
    }

    @Test
    void twoChangesWithoutNamesGetDifferentOnes() {
        ChangeSpec other = ChangeSpec.of(new AddForeignKeySpec(
                "orders",
                null,
                List.of("customer_id"),
                new References("people", null),
                null,
                null,
                null,
                null,
                null,
                null));
        Plan plan = plan(
                Facts.postgres(17)
                        .with(
                                orders(),
                                customers(),
                                table("people").columns("id bigint").primaryKey("id"))
                        .comparable(1)
                        .comparable(1),
                foreignKeyTo(null),
                other);

        assertThat(plan.phases())
                .extracting(Phase::label)
                .containsExactly(
                        "Add orders_customer_id_fkey NOT VALID",
                        "Validate orders_customer_id_fkey",
                        "Add orders_customer_id_fkey1 NOT VALID",
                        "Validate orders_customer_id_fkey1");
    }
}

package dev.phaselock.plan;

import static dev.phaselock.plan.Facts.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateIndexSpec.Column;
import dev.phaselock.api.DropIndexSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Changes;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IndexPlansTest {
    private static final OperationSpec CREATE =
            new CreateIndexSpec("orders", "wanted", List.of(Column.of("total")), null, null, null, null, null, null);
    private static final String OWN = "phaselock_build_wanted_e23bceff";

    private static Facts facts(Index... indexes) {
        Facts.TableFacts orders = table("orders").columns("id bigint", "total integer");
        Stream.of(indexes).forEach(orders::index);
        return Facts.postgres(17).with(orders).probe(built(null));
    }

    private static Probe built(@Nullable String constraint) {
        return new Probe.Built(Set.of("USING btree (total)"), List.of("total"), List.of("total"), null, constraint);
    }

    private static Index index(String name, String definition, boolean valid) {
        return new Index(name, definition, List.of("total"), false, false, valid, false, false, false, null, List.of());
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

    @Test
    void anIndexIsBuiltUnderANameOfOurOwnAndRenamed() {
        assertThat(PlanText.of(plan(facts(), CREATE))).isEqualTo("""
                        1-index: Build index wanted
                          CREATE INDEX CONCURRENTLY %1$s ON public.orders (total)
                          ALTER INDEX public.%1$s RENAME TO wanted
                            locks orders SHARE UPDATE EXCLUSIVE
                        """.formatted(OWN));
        assertThat(plan(facts(), CREATE).applied()).isFalse();
    }

    @Test
    void whatIsLeftOfOurBuildGoesFirstAndWhatIsBuiltIsRenamed() {
        Plan fresh = plan(facts(), CREATE);
        Plan left = plan(facts(index(OWN, "USING btree (total)", false)), CREATE);
        Plan built = plan(facts(index(OWN, "USING btree (total)", true)), CREATE);

        assertThat(left.phases().getFirst().sql())
                .hasSize(3)
                .first()
                .isEqualTo("DROP INDEX CONCURRENTLY IF EXISTS \"public\".\"" + OWN + "\"");
        assertThat(built.phases().getFirst().sql())
                .containsExactly("ALTER INDEX \"public\".\"" + OWN + "\" RENAME TO \"wanted\"");
        assertThat(List.of(left.hash(), built.hash())).containsOnly(fresh.hash());
        assertThat(List.of(left, built)).noneMatch(Plan::validated);
    }

    @Test
    void theSameIndexIsAdoptedAndAnotherOrAnInvalidOneIsRefused() {
        assertThat(plan(facts(index("wanted", "USING btree (total)", true)), CREATE)
                        .validated())
                .isTrue();
        assertRefused("another definition", facts(index("wanted", "USING btree (id)", true)), CREATE);
        assertRefused("not Phaselock's own", facts(index("wanted", "USING btree (total)", false)), CREATE);
        assertRefused("kept for Phaselock's own", facts(index(OWN, "USING btree (id)", false)), CREATE);
        assertRefused("is taken in schema public: view wanted", facts().relation("wanted", "view wanted"), CREATE);
    }

    @Test
    void anIndexThatIsBuiltIsNotTakenForTheOneWithoutAName() {
        OperationSpec unnamed =
                new CreateIndexSpec("orders", null, List.of(Column.of("total")), null, null, null, null, null, null);

        assertThat(plan(facts(index("phaselock_build_x_01234567", "USING btree (total)", true)), unnamed)
                        .validated())
                .isFalse();
        assertThat(plan(facts(index("any", "USING btree (total)", true)), unnamed)
                        .validated())
                .isTrue();
    }

    @Test
    void ofAPartitionedTableEachPartitionsIsBuiltAndTheParentsAttachesThem() {
        Facts facts = Facts.postgres(17)
                .with(table("orders").columns("total integer").partitions(table("part")))
                .probe(built(null));

        assertThat(PlanText.of(plan(facts, CREATE)).replaceAll("phaselock_build_[a-z_0-9]+", "OWN"))
                .isEqualTo("""
                        1-index: Build index wanted of each partition
                          CREATE INDEX CONCURRENTLY OWN ON public.part USING btree (total)
                          ALTER INDEX public.OWN RENAME TO part_total_idx
                            locks part SHARE UPDATE EXCLUSIVE
                        2-apply: Create index wanted of the partitions' indexes
                          CREATE INDEX wanted ON public.orders (total)
                            locks orders SHARE, part SHARE
                            guarded
                        """);
    }

    @Test
    void aUniqueConstraintIsMadeOfAnIndexThatIsBuiltOrIsThere() {
        AddUniqueSpec build = new AddUniqueSpec("orders", "key", List.of("total"), null, null, true, true, null);
        AddUniqueSpec take = new AddUniqueSpec("orders", "key", List.of("total"), null, null, null, null, "there");
        Index there = new Index(
                "there",
                "USING btree (total) WITH (fillfactor='70')",
                List.of("total"),
                true,
                false,
                true,
                false,
                false,
                false,
                null,
                List.of());

        assertThat(PlanText.of(plan(unique(), build)).replaceAll("phaselock_build_[a-z_0-9]+", "OWN"))
                .isEqualTo("""
                        1-index: Build the index of key
                          CREATE UNIQUE INDEX CONCURRENTLY OWN ON public.orders (total)
                            locks orders SHARE UPDATE EXCLUSIVE
                        2-apply: Add key
                          ALTER TABLE public.orders ADD CONSTRAINT key UNIQUE USING INDEX OWN DEFERRABLE INITIALLY DEFERRED
                            locks orders ACCESS EXCLUSIVE
                            guarded
                        """);
        assertThat(PlanText.of(plan(unique(there), take))).isEqualTo("""
                        1-apply: Add key
                          ALTER TABLE public.orders ADD CONSTRAINT key UNIQUE USING INDEX there
                            locks orders ACCESS EXCLUSIVE
                            guarded
                        """);
    }

    private static Facts unique(Index... indexes) {
        Facts.TableFacts orders = table("orders").columns("id bigint", "total integer");
        Stream.of(indexes).forEach(orders::index);
        return Facts.postgres(17).with(orders).probe(built("UNIQUE (total)"));
    }

    @Test
    void aPrimaryKeyNeedsItsColumnsNotNullFirst() {
        Facts facts = Facts.postgres(18)
                .with(table("orders").detailed("total", false, ""))
                .probe(built("PRIMARY KEY (total)"));

        assertThat(plan(facts, new AddPrimaryKeySpec("orders", null, List.of("total"), null, null, null, null))
                        .phases())
                .extracting(phase -> phase.name() + " " + phase.label())
                .containsExactly(
                        "1-verify Look for rows where total is null",
                        "2-apply Add NOT NULL of total NOT VALID",
                        "3-validate Validate that total is not null",
                        "4-index Build the index of orders_pkey",
                        "5-apply Add orders_pkey");
    }

    @Test
    void anOwnerWhoMayNotCreateInTheSchemaIsToldWhatToGrant() {
        Facts facts = Facts.postgres(17)
                .with(table("orders")
                        .columns("total integer")
                        .privileges(new CatalogFacts.Privileges(true, false, true, true, true, true, false)))
                .probe(built(null));

        assertRefused("GRANT CREATE ON SCHEMA \"public\" TO \"app\"", facts, CREATE);
    }

    @Test
    void anIndexOfAConstraintIsNotDropped() {
        Index ofKey = new Index(
                "wanted",
                "USING btree (id)",
                List.of("id"),
                true,
                true,
                true,
                false,
                false,
                false,
                "wanted",
                List.of());

        assertRefused("drop that one by dropConstraint", facts(ofKey), new DropIndexSpec("orders", "wanted"));
        assertThat(plan(facts(), new DropIndexSpec("orders", "wanted")).validated())
                .isTrue();
    }
}

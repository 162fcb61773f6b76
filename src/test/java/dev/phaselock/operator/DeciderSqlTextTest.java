package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.plan;
import static dev.phaselock.operator.Results.planned;
import static dev.phaselock.operator.Results.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is decided when the statements are in a ConfigMap, which nobody freezes. */
class DeciderSqlTextTest {
    private static final SqlText ONE = SqlText.of("ALTER TABLE t ADD a int");
    private static final SqlText OTHER = SqlText.of("ALTER TABLE t ADD b int");
    private static final SqlText MISSING = new SqlText(null, null, "ConfigMap m is not there", false);

    private final ChangeWorld world = new ChangeWorld();

    @Test
    void aTextThatIsNotThereIsWaitedForAndBegunWithOnceItIs() {
        world.sql = MISSING;
        world.settle();
        assertThat(world.jobs).isEmpty();
        assertThat(world.says("Ready")).isEqualTo("False/SqlMissing");
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.message("Ready")).contains("ConfigMap m is not there");
        assertThat(world.last.lookAgain()).isEqualTo(TextOfSql.PAUSE);

        world.sql = ONE;
        world.step();
        assertThat(world.orders.values())
                .singleElement()
                .satisfies(order -> assertThat(order.sql()).isEqualTo(ONE.text()));
        assertThat(world.status.sqlHash()).isEqualTo(ONE.hash());
    }

    @Test
    void eachJobGetsTheTextOfTheFirst() {
        world.sql = ONE;
        world.validating().ends(done());
        assertThat(world.orders).hasSize(4);
        assertThat(world.orders.values())
                .allSatisfy(order -> assertThat(order.sql()).isEqualTo(ONE.text()));
        assertThat(world.ready()).isEqualTo("True");
    }

    @Test
    void anotherTextBeforeAnythingWasChangedIsPlannedAnew() {
        world.sql = ONE;
        world.verifying();
        world.sql = OTHER;
        world.ends(done());
        assertThat(world.running().phase()).isEqualTo("preflight");
        assertThat(world.orders.get(world.running().name()).sql()).isEqualTo(OTHER.text());
        assertThat(world.status.sqlHash()).isEqualTo(OTHER.hash());
        assertThat(world.orders).hasSize(3);
    }

    @Test
    void whatTheRunnerRefusedIsLookedAtAgainWithAnotherText() {
        world.sql = ONE;
        world.step();
        world.ends(result(Outcome.REFUSED, Reason.INVALID_SPEC, "sql: not understood"));
        assertThat(world.says("Stalled")).isEqualTo("True/InvalidSpec");
        assertThat(world.last.lookAgain()).isEqualTo(TextOfSql.PAUSE);
        world.sql = OTHER;
        world.pass(Duration.ofSeconds(15));
        assertThat(world.running().phase()).isEqualTo("preflight");
        assertThat(world.says("Stalled")).isEqualTo("-");
    }

    @Test
    void anotherTextAfterwardsStallsItUntilTheFirstIsPutBack() {
        world.sql = ONE;
        world.applying();
        world.sql = OTHER;
        world.ends(done());
        assertThat(world.idle()).isTrue();
        assertThat(world.says("Stalled")).isEqualTo("True/SqlChanged");
        assertThat(world.message("Stalled")).contains("put that back", "phaselock.dev/retry", ONE.hash(), OTHER.hash());
        assertThat(world.status.sqlHash()).isEqualTo(ONE.hash());

        world.sql = MISSING;
        world.pass(Duration.ofSeconds(15));
        assertThat(world.says("Ready")).isEqualTo("False/SqlMissing");

        world.sql = ONE;
        world.pass(Duration.ofSeconds(15));
        assertThat(world.running().phase()).isEqualTo("1-validate");
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.ends(done()).ready()).isEqualTo("True");
    }

    @Test
    void aPersonMayHaveTheOtherTextPlanned() {
        world.sql = ONE;
        world.applying();
        world.sql = OTHER;
        world.ends(done());
        world.retry = "yes";
        world.step();
        assertThat(world.running().phase()).isEqualTo("preflight");
        assertThat(world.status.begun()).isTrue();
        world.ends(planned(plan("h2", true, true, false)));
        assertThat(world.running().phase()).isEqualTo("1-validate");
        assertThat(world.orders.get(world.running().name()).sql()).isEqualTo(OTHER.text());
        assertThat(world.ends(done()).ready()).isEqualTo("True");
    }

    @Test
    void aJobThatWasNamedButNotMadeGetsNoOtherText() {
        world.sql = ONE;
        world.applying();
        world.jobs.remove(world.running().name());
        world.sql = OTHER;
        world.step();
        assertThat(world.idle()).isTrue();
        assertThat(world.last.job()).isNull();
        assertThat(world.says("Stalled")).isEqualTo("True/SqlChanged");
    }

    @Test
    void aTextThatIsTooLongNeedsAPerson() {
        world.sql = SqlText.of("x".repeat(50_001));
        world.settle();
        assertThat(world.says("Stalled")).isEqualTo("True/InvalidSpec");
        world.sql = ONE;
        world.pass(Duration.ofSeconds(15));
        assertThat(world.says("Stalled")).isEqualTo("-");
        assertThat(world.running().phase()).isEqualTo("preflight");
    }

    @Test
    void whatIsReadyIsNotLookedAtAgain() {
        world.sql = ONE;
        world.validating().ends(done());
        assertThat(world.ready()).isEqualTo("True");
        world.sql = null;
        assertThat(world.step().lookAgain()).isNull();
    }
}
